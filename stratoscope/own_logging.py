"""stratoscope's own log lines: JSON on standard error, in the shape of the events it makes of others' logs."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

_SEVERITIES = {logging.DEBUG: 5, logging.INFO: 9, logging.WARNING: 13, logging.ERROR: 17, logging.CRITICAL: 21}
_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class EventFormatter(JsonFormatter):
    """One record as an event: what `extra=` holds goes into `attributes`. `version`: ours; looked up where it is not told."""

    def __init__(self, version: str = "") -> None:
        super().__init__()
        self._version = version or own_version()

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill `log_data`, what is written as one JSON object."""
        attributes: dict[str, Any] = {"log.logger": record.name, "process.pid": record.process}
        attributes |= message_dict | {name: value for name, value in vars(record).items() if name not in _KNOWN}
        if record.exc_info and record.exc_info[0]:
            attributes["exception.type"] = f"{record.exc_info[0].__module__}.{record.exc_info[0].__qualname__}"
            attributes["exception.message"] = str(record.exc_info[1])
            attributes["exception.stacktrace"] = self.formatException(record.exc_info)
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data |= {
            "timestamp": time.replace("+00:00", "Z"),
            "severity_text": record.levelname,
            "severity_number": _SEVERITIES.get(record.levelno, 9),
            "body": record.getMessage(),
            "resource": {"service.name": "stratoscope", "service.version": self._version},
            "attributes": attributes,
        }


def own_version() -> str:
    """That of stratoscope. Looking it up takes a megabyte of modules, which stay."""
    from importlib.metadata import version  # noqa: PLC0415  see above

    return version("stratoscope")


def set_up(stream: TextIO | None = None, version: str = "") -> logging.Logger:
    """The logger `stratoscope`, writing to `stream` (standard error); uvicorn's warnings go the same way.

    A person at a terminal gets what asks for attention, in words. `version`: ours, where it is known already.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    terminal = handler.stream.isatty()
    handler.setFormatter(logging.Formatter("stratoscope: %(message)s") if terminal else EventFormatter(version))
    logger = logging.getLogger("stratoscope")
    for one, level in (
        (logger, logging.WARNING if terminal else logging.INFO),
        (logging.getLogger("uvicorn"), logging.WARNING),
        # they warn at each try while a server is down; we tell it once
        (logging.getLogger("keystoneauth"), logging.ERROR),
        (logging.getLogger("urllib3"), logging.ERROR),
    ):
        one.handlers = [handler]
        one.setLevel(level)
        one.propagate = False
    return logger
