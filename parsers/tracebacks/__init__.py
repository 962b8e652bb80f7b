"""What CPython 2.7 to 3.14 prints when an exception is raised, read back into types, messages, frames and links.

Pure text in, values out: where the text came from, which prefix its lines had and what becomes of the values is not known here.
"""

from parsers.tracebacks.follow import Follower
from parsers.tracebacks.frames import module_of
from parsers.tracebacks.grammar import ParsedTraceback, parse, parse_traceback, with_summary
from parsers.tracebacks.remote import unescaped

__all__ = ["Follower", "ParsedTraceback", "module_of", "parse", "parse_traceback", "unescaped", "with_summary"]
