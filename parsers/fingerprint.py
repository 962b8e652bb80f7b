"""One stable id for events that tell of the same failure, so that they can be counted, grouped and silenced together.

Ids are stored and compared for months, so a published rule is never edited: `RULES` gets a new one under its date, and ids of
different rules never collide, as the date stands in them. This module knows nothing of texts: it is given the parts.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

from parsers.model import ExceptionInfo, Frame

Rule = Callable[[Sequence[ExceptionInfo], str | None, str], str]
"""Makes the text to be hashed out of exceptions, logger and template."""

# Python 3.12 and newer run these in the frame around them (PEP 709), older ones print a frame for each.
_INLINED: Final = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})
_BUILTIN: Final = ("builtins.", "exceptions.", "__builtin__.")


def fingerprint(exceptions: Sequence[ExceptionInfo], logger: str | None, template: str) -> str:
    """The id of a failure by the newest rule: its date, a colon and 16 hexadecimal digits.

    `exceptions` are in document order, oldest first; `template` is what `templates.template_of` made of the message.
    """
    return _by(CURRENT, exceptions, logger, template)


def normalise_logger(name: str) -> str:
    """One name for one logger: `oslo.messaging.x` -> `oslo_messaging.x`, which is the module's own name.

    oslo.log renames only the loggers that it makes itself, so both spellings of one library stand in one pod's log.
    """
    return f"oslo_{name[5:]}" if name.startswith("oslo.") else name


def _by(rule: str, exceptions: Sequence[ExceptionInfo], logger: str | None, template: str) -> str:
    told = RULES[rule](exceptions, logger, template)
    return f"{rule}:{blake2b(told.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def _rule_2026_11_23(exceptions: Sequence[ExceptionInfo], logger: str | None, template: str) -> str:
    """With exceptions: one line for each, its type and the places it went through; else logger and template.

    - The type is the printed one, without `builtins.` (3) and `exceptions.` (2). Message, notes and link do not count.
    - A place is a frame's module and function, never its line, source or markers, which change from release to release and
      from Python to Python. Without a module, the file's name stands for it.
    - If any frame of the chain is of an OpenStack project, only such frames count: libraries change more often than services.
    - Comprehensions are no places. A place counts once for each exception: a recursion has no certain depth.
    - An exception that is equal to the one before it counts once: a retry loop has no certain length.
    """
    if not exceptions:
        return f"{normalise_logger(logger or '')}\n{template}"
    in_app = any(frame.in_app for exception in exceptions for frame in exception.frames)
    told: list[str] = []
    for exception in exceptions:
        line = " ".join((_type(exception.type), *dict.fromkeys(_places(exception.frames, in_app=in_app))))
        if line not in told[-1:]:
            told.append(line)
    return "\n".join(told)


def _type(name: str) -> str:
    for prefix in _BUILTIN:
        name = name.removeprefix(prefix)
    return name


def _places(frames: Sequence[Frame], *, in_app: bool) -> Iterator[str]:
    for frame in frames:
        if frame.function not in _INLINED and (frame.in_app or not in_app):
            module = frame.module or frame.file.rpartition("/")[2].removesuffix(".py")
            yield f"{module}:{frame.function}"


RULES: Final[dict[str, Rule]] = {"2026-11-23": _rule_2026_11_23}
CURRENT: Final = max(RULES)
