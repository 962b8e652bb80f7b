"""What can be wrong with an input, as one line a person can act on.

The foreign errors (`OSError`) are mapped here, once. Whoever reads decides what a problem costs; nothing here prints.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass

_TEXTS = {
    errno.ENOENT: ("does not exist", "check the name"),
    errno.ENOTDIR: ("a part of this path is a file, not a directory", "check the name"),
    errno.EISDIR: ("is a directory", "name the files in it"),
    errno.EACCES: ("may not be read", "run as a user who may, or change its permissions"),
    errno.EPERM: ("may not be read", "run as a user who may, or change its permissions"),
    errno.ELOOP: ("is a symbolic link that leads back to itself", "name the real file"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n) or name fewer files"),
    errno.ENFILE: ("too many files are open on this machine", "raise fs.file-max"),
    errno.EIO: ("the disk gives an input/output error", "look at the disk; what could be read was read"),
    errno.ENAMETOOLONG: ("the name is too long", "check the name"),
    errno.ENXIO: ("is a socket or a device that cannot be read", "name a file"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the input `path`, and what to do about it; `str()` is the line for a person.

    `lasting` is False where the input may still come (a file that does not exist yet, while following).
    """

    path: str
    what: str
    advice: str
    lasting: bool = True

    def __str__(self) -> str:
        return f"{shown(self.path)}: {self.what}; {self.advice}"


Report = Callable[[Problem], None]
"""What takes a problem."""


def problem_of(path: str, error: OSError) -> Problem:
    """The problem behind an error of the operating system."""
    number = error.errno or 0
    if number == errno.ENOENT and os.path.islink(path):
        return Problem(path, "is a symbolic link to something that does not exist", "name the real file")
    what, advice = _TEXTS.get(number, ((error.strerror or str(error)).lower(), "check the file and the disk"))
    return Problem(path, what, advice)


def broken(path: str, error: Exception) -> Problem:
    """The problem of a packed file that cannot be read to its end."""
    return Problem(path, str(error), "what stands before that was read; make a new copy of the file")


def shown(path: str) -> str:
    r"""A path as text that is safe in a terminal and in JSON: undecodable bytes and control characters as `\xNN`."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
