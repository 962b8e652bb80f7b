"""Takes down what only the process that logs can know about its record, and reads it back."""

import json
import logging
import traceback
from itertools import groupby
from pathlib import Path
from typing import Any

from oslo_log import formatters

from tests.differential.compare import Truth


def chain_of(error: BaseException | None) -> list[dict[str, Any]]:
    """An exception and all that belongs to it in the order of printing: what it hangs on, itself, the members of a group.

    `raised` marks the one that was raised out.
    """
    return [] if error is None else _printed(error, raised=True)


def _printed(error: BaseException, *, raised: bool = False) -> list[dict[str, Any]]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return [
        *(_printed(before) if before else []),
        _entry(error) | {"raised": raised},
        *(entry for member in members for entry in _printed(member)),
    ]


def _entry(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}.{kind.__qualname__}"
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"type": name, "message": message, "notes": getattr(error, "__notes__", []), "frames": _frames(error)}


def _frames(error: BaseException) -> list[tuple[str, int | None, str | None]]:
    """The frames that are printed: after three equal ones comes `[Previous line repeated N more times]`.

    The place that a SyntaxError tells is printed like a frame, without a function.
    """
    frames = [(frame.filename, frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    place = [(error.filename or "<string>", error.lineno, None)] if isinstance(error, SyntaxError) else []
    return [*(frame for _, run in groupby(frames) for frame in list(run)[:3]), *place]


class TruthFormatter(formatters.JSONFormatter):
    """oslo.log's JSONFormatter, its object put beside what the text handler wrote and the live exception.

    `text` is the handler's formatter; formatting a record twice gives the same text, and a test compares it with the pipe.
    """

    def __init__(self, text: logging.Formatter, shape: list[str]) -> None:
        super().__init__(datefmt="%Y-%m-%d %H:%M:%S")
        self.text = text
        self.shape = shape

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(
            {
                "shape": self.shape[0],
                "text": self.text.format(record) + "\n",
                "record": json.loads(super().format(record)),
                "chain": chain_of(record.exc_info[1]) if record.exc_info else [],
                "stack": record.stack_info or "",
            }
        )


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a file that `TruthFormatter` wrote."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def truth_of(entry: dict[str, Any]) -> Truth:
    chain = [entry_ | {"frames": [tuple(frame) for frame in entry_["frames"]]} for entry_ in entry["chain"]]
    return Truth(entry["record"], chain, entry["stack"])
