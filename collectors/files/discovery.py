"""Which files the operator means: paths, directories, globs, and `-` for standard input.

Knows names and directories; it opens no file.
"""

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Iterator

from collectors.files.rotation import LOG_NAMES, is_log, oldest_first
from collectors.problems import Problem, Report, problem_of

STDIN = "-"
"""The name of standard input."""


def discover(patterns: Iterable[str], report: Report, exclude: Iterable[str] = ()) -> list[str]:
    """The files that the patterns name now, oldest first within a rotation set, each once; without those of `exclude`.

    A directory stands for the logs in and below it; hidden ones are left out. A path that is neither directory nor glob is
    returned as it is, existing or not: opening it tells. Directories that cannot be read are reported.
    """
    paths = [path for pattern in patterns for path in _expand(pattern, report)]
    unwanted = [re.compile(fnmatch.translate(pattern)) for pattern in exclude]
    return oldest_first([path for path in paths if not any(one.match(path) for one in unwanted)])


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
    for folder, folders, names in os.walk(directory, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            # A named pipe called *.log would block the reading of all others. A dangling link is kept, to be reported.
            if is_log(name) and (os.path.isfile(path) or not os.path.exists(path)):
                yield path


def _matching(pattern: str, report: Report) -> list[str]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        report(Problem(pattern, "no file matches", "check the pattern, and quote it so that it reaches stratoscope"))
    return [path for name in found for path in (_below(name, report) if os.path.isdir(name) else [name])]
