"""Which files the operator means: paths, directories, globs, and `-` for standard input.

Knows names and directories; it opens no file.
"""

import fnmatch
import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator

from collectors.files.rotation import LOG_NAMES, is_log, oldest_first
from collectors.problems import Problem, Report, problem_of

STDIN = "-"
"""The name of standard input."""


Wanted = Callable[[str], bool]
"""Whether a path is to be read."""


def wanted_unless(exclude: Iterable[str]) -> Wanted:
    """Wants all but the paths that match one of these globs; `*` also stands for what has a slash in it."""
    unwanted = [re.compile(fnmatch.translate(pattern)) for pattern in exclude]
    return lambda path: not any(one.match(path) for one in unwanted)


def discover(patterns: Iterable[str], report: Report, wanted: Wanted = lambda _: True) -> list[str]:
    """The files that the patterns name now and that are wanted, oldest first within a rotation set, each once.

    A directory stands for the logs in and below it; hidden ones are left out. A path that is neither directory nor glob is
    returned as it is, existing or not: opening it tells. Directories that cannot be read are reported.
    """
    return oldest_first([path for pattern in patterns for path in _expand(pattern, report) if wanted(path)])


def _expand(pattern: str, report: Report) -> list[str]:
    if pattern == STDIN:
        return [STDIN]
    if os.path.isdir(pattern):
        return _below(pattern, report)
    if glob.has_magic(pattern) and not os.path.lexists(pattern):
        return _matching(pattern, report)
    return [pattern]


def _below(directory: str, report: Report) -> list[str]:
    problems: list[OSError] = []
    paths = list(_walk(directory, problems))
    for error in problems:
        report(problem_of(os.fsdecode(error.filename), error))
    if not paths and not problems:
        report(Problem(directory, f"holds no log file ({LOG_NAMES})", "name the files, or a glob", lasting=True))
    return paths


def _walk(directory: str, problems: list[OSError]) -> Iterator[str]:
    try:
        with os.scandir(directory) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(error)
        return
    visible = [entry for entry in entries if not entry.name.startswith(".")]
    for entry in visible:
        # A named pipe called *.log would block the reading of all others. A dangling link is kept, to be reported.
        if is_log(entry.name) and (entry.is_file() or not os.path.exists(entry.path)):
            yield entry.path
    for entry in visible:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, problems)


def _matching(pattern: str, report: Report) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        report(Problem(pattern, "no file matches", "check the pattern, and quote it so that it reaches stratoscope"))
    return [path for name in found for path in (_below(name, report) if os.path.isdir(name) else [name])]
