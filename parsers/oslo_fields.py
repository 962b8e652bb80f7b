"""What a whole oslo.log text record says: Fields made of an OsloRecord."""

import re
from functools import lru_cache

from parsers.model import ExceptionInfo, Fields, decode
from parsers.oslo_record import OsloRecord
from parsers.oslo_strings import iso_time
from parsers.request_lines import http_attributes
from parsers.tracebacks import ParsedTraceback, parse, with_summary

# `logging_debug_format_suffix`: oslo.log's own, and devstack's with the pid in double braces.
_PID = re.compile(r" \{\{\(pid=\d+\)\Z")
_STACK = re.compile(r"(?:\A|\n)(Stack \(most recent call last\):(?:\n  .*)+)\Z")
SHOWN = "Traceback (most recent call last):"
"""What a message says that has a traceback in it."""

_INSTANCE = re.compile(rb"\[instance: ([^\]]*)\] ")
_SYNTAX_SUMMARY = re.compile(r'.*: (?=  File ".*", line \d+\Z)', re.DOTALL)


def fields_of(record: OsloRecord) -> tuple[Fields, ParsedTraceback | None]:
    """Fields of a whole record, and its traceback where it has one."""
    fields = Fields(time=_clock(record), profile=record.profile.name)
    body = decode(record.head_text())
    trace = record.trace_text()
    parsed = None
    if trace:
        fields.traceback = decode(trace)
        parsed, body = _apart(fields.traceback, body)
        if record.head is None and parsed.raised is not None:
            body = parsed.exceptions[parsed.raised].printed
    fields.attributes = _attributes(record)
    stack = _stack_of(record, body)
    if stack:
        fields.attributes["code.stacktrace"] = stack
        body = body.removesuffix(stack).removesuffix("\n") if record.stack is None else body
    # A traceback line always says ERROR, so a record without head has that much only.
    fields.severity_text = decode(record.head.level) if record.head is not None else "ERROR"
    if fields.severity_text == "DEBUG":
        body = without_place(body, fields.attributes)
    dash = record.profile.dash_summary.decode()
    fields.body = body.removesuffix(dash) if dash else body
    fields.attributes.update(http_attributes(fields.body) or {})
    return fields, parsed


def _clock(record: OsloRecord) -> str | None:
    logged = decode(record.head.time if record.head else record.key[0])
    return iso_time(logged, record.profile.date_format) if logged else record.wrapper_time


@lru_cache(maxsize=1024)
def _text(data: bytes) -> str:
    return decode(data)


def _attributes(record: OsloRecord) -> dict[str, object]:
    head = record.head
    _, pid, logger = record.key if head is None else (b"", head.pid, head.logger)
    attributes: dict[str, object] = {"log.logger": _text(logger)}
    if pid:
        attributes["process.pid"] = int(pid)
    if head is None:
        behind = _INSTANCE.search(record.trace[0]) if record.trace else None
        if behind:
            attributes["openstack.instance_uuid"] = decode(behind[1])
        return attributes
    attributes.update(record.profile.context_of(head.context) or {})
    if head.instance:
        attributes["openstack.instance_uuid"] = decode(head.instance[11:-2])
    if head.resource:
        attributes["openstack.resource"] = decode(head.resource[1:-2])
    if head.host:
        attributes["host.name"] = decode(head.host)
    return attributes


def _apart(trace: str, head: str) -> tuple[ParsedTraceback, str]:
    """The parsed traceback and the message without the exception's text, of which the head ends in a copy."""
    parsed = parse(trace)
    if parsed.raised is None:
        return parsed, head.removesuffix(": " + trace.strip())  # `NoneType: None`: LOG.exception where nothing was raised
    raised = parsed.exceptions[parsed.raised]
    body, summary = without_summary(head, raised)
    if summary is not None and "\n" in raised.message:
        parsed = with_summary(parsed, summary)
    return parsed, body


def without_summary(head: str, raised: ExceptionInfo) -> tuple[str, str | None]:
    """Message and exception's text of a head `message: Type: text`; (head, None) when it does not end in that text.

    oslo.log appends the first item of `traceback.format_exception_only`, white space at its end removed. The traceback has
    the whole: notes follow there, so the copy may end at any line of it. For a SyntaxError the item is its `File` line.
    """
    whole = raised.printed if raised.message.strip() else raised.type + ":"  # of an empty text the colon is left
    at = head.find(": " + raised.type) if raised.type else -1
    while at >= 0:
        summary = head[at + 2 :]
        rest = whole[len(summary) :]
        if whole.startswith(summary) and (rest[:1] == "\n" or rest in {"", ":"} or rest.isspace()):
            return head[:at], summary
        at = head.find(": " + raised.type, at + 1)
    found = _SYNTAX_SUMMARY.match(head) if raised.type.endswith(("SyntaxError", "IndentationError", "TabError")) else None
    return (head[: found.end() - 2], None) if found else (head, None)


def _stack_of(record: OsloRecord, body: str) -> str | None:
    """What `stack_info=True` printed: after the traceback, or else at the end of the message's lines."""
    if record.stack is not None:
        return decode(b"\n".join(record.stack)).rstrip("\n") or None
    found = _STACK.search(body) if record.overflow else None
    return found[1] if found else None


def without_place(body: str, attributes: dict[str, object]) -> str:
    """A DEBUG message without the place that logged it, which becomes attributes."""
    front, _, place = body.rpartition(" ")
    message, _, function = front.rpartition(" ")
    file, _, line = place.removesuffix("}}").rpartition(":")
    if len(message) == len(front) or not function or "\n" in function + place or not _is_place(file, line):
        return body
    attributes["code.function.name"] = function
    attributes["code.file.path"] = file
    attributes["code.line.number"] = int(line)
    return _PID.sub("", message)


def _is_place(file: str, line: str) -> bool:
    return line.isascii() and line.isdecimal() and len(line) < 10 and not {"/", ".", "<"}.isdisjoint(file)
