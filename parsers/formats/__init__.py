"""The log formats beside oslo.log's text, and the table of them: one module, one data folder and one table line each."""

from parsers.formats.base import Format
from parsers.formats.guru_meditation import GURU_MEDITATION
from parsers.formats.infrastructure import INFRASTRUCTURE
from parsers.formats.logging_error import LOGGING_ERROR
from parsers.formats.python_traceback import PYTHON_TRACEBACK, THREAD_TRACEBACK
from parsers.formats.python_warning import PYTHON_WARNING
from parsers.formats.web import WEB

FORMATS: tuple[Format, ...] = (
    *WEB,
    *INFRASTRUCTURE,
    LOGGING_ERROR,
    GURU_MEDITATION,
    THREAD_TRACEBACK,
    PYTHON_TRACEBACK,
    PYTHON_WARNING,
)
"""In the order of trying."""
