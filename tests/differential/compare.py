"""Compares an event with what oslo.log itself said about the same record.

The truth is the line of oslo.log's own JSONFormatter, plus what only the live process knew (the exception object, the
stack). `expected` tells what the text form carries of it, `seen` reads the same names off an event, and `differences`
holds them side by side. Where the text form cannot tell a thing, the reason stands at the place.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parsers.model import Event

SEVERITIES = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "AUDIT": 10, "WARNING": 13, "ERROR": 17, "CRITICAL": 21}
IDENTITY = {
    "openstack.user_id": "user",
    "openstack.project_id": "project",
    "openstack.domain_id": "domain",
    "openstack.system_scope": "system_scope",
    "openstack.user_domain_id": "user_domain",
    "openstack.project_domain_id": "project_domain",
}
"""Attribute -> key of the context, in the order of `logging_user_identity_format`."""

INSTANCE = re.compile(r"\A\[instance: ([^\]\n]*)\] ")
HEADER = "Traceback (most recent call last):"
ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
REQUEST = re.compile(r"req-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\Z")


@dataclass(frozen=True, slots=True)
class Truth:
    """One record as the process that logged it knew it.

    `record` is the JSONFormatter's object. `chain` holds the exceptions oldest first, None where nobody wrote it down,
    `stack` the text of `stack_info` with the same meaning of None; "" says that there was none.
    """

    record: dict[str, Any]
    chain: list[dict[str, Any]] | None = None
    stack: str | None = None


def differences(event: Event, truth: Truth, *, ignore: frozenset[str] = frozenset()) -> list[str]:
    """The fields in which `event` is not what `truth` says, one sentence each. [] is what a test wants."""
    want = expected(truth)
    have = seen(event)
    return [
        f"{name}: expected {value!r}, the event has {have.get(name)!r}"
        for name, value in want.items()
        if name not in ignore and have.get(name) != value
    ]


def expected(truth: Truth) -> dict[str, Any]:
    """Every field that the text form of `truth` carries; None for one that the event must not have."""
    record = truth.record
    want = {
        "severity_text": record["levelname"],
        "severity_number": SEVERITIES[record["levelname"]],
        "log.logger": record["name"],
        "process.pid": record["process"],
        "timestamp": _timestamp(record),
        "body": _body(truth),
    }
    want |= _context(record.get("context") or {})
    want["openstack.instance_uuid"] = _instance(record)
    want["code"] = (record["funcname"], record["pathname"], record["lineno"]) if record["levelname"] == "DEBUG" else None
    if record["traceback"] or HEADER not in record["message"]:
        # A traceback that somebody put into his message may be read as one, though the JSON form has none.
        want["exception.stacktrace"] = traceback_lines(record["traceback"])
    if truth.stack is not None:
        want["code.stacktrace"] = cleaned(truth.stack) or None
    if truth.chain:
        want |= _exceptions(truth)
    elif record["error_summary"] == "NoneType: None":
        want["exception.type"] = None
    elif record["traceback"] and record["error_summary"] and not record["error_summary"].startswith("  File"):
        # Of a SyntaxError the summary is its first printed line, which names a file.
        want["exception.summary"] = cleaned(record["error_summary"])
    return want


def seen(event: Event) -> dict[str, Any]:
    """The same names as `expected` gives, read off an event."""
    attributes = event.get("attributes", {})
    have = {name: event.get(name) for name in ("severity_text", "severity_number", "body", "trace_id")}
    have |= {name: value for name, value in attributes.items() if not name.startswith("code.")}
    have["timestamp"] = datetime.fromisoformat(event["timestamp"]) if "timestamp" in event else None
    have["code"] = tuple(attributes[key] for key in CODE) if all(key in attributes for key in CODE) else None
    have["code.stacktrace"] = attributes.get("code.stacktrace")
    have["exception.stacktrace"] = traceback_lines(attributes.get("exception.stacktrace"))
    chain = event.get("exceptions", [])
    told = [entry for entry in chain if entry["link"] != "remote"]
    have["chain"] = [(entry["type"], entry["message"].rstrip()) for entry in told]
    have["frames"] = [[(frame["file"], frame.get("line"), frame.get("function")) for frame in e["frames"]] for e in told]
    have["notes"] = "\n".join(note for entry in told for note in entry.get("notes", ())).strip()
    have["exception.message"] = message = attributes.get("exception.message", "").rstrip() or None
    have["exception.summary"] = attributes.get("exception.type", "") + (f": {message}" if message else "")
    return have


CODE = ("code.function.name", "code.file.path", "code.line.number")


def traceback_lines(text: str | list[str] | None) -> list[str]:
    """A traceback as both forms can tell it.

    The JSONFormatter does `line.rstrip().splitlines()` on each piece and leaves out what is then empty, so blank lines and
    blanks at a line's end are not in it; before oslo.log 4 it gave a list.
    """
    whole = "\n".join(text) if isinstance(text, list) else text or ""
    return [line.rstrip() for line in cleaned(whole).splitlines() if line.strip()]


def cleaned(text: str) -> str:
    r"""Text as the parsers leave it: without ANSI sequences, without the `\r` of a line's end."""
    return ANSI.sub("", text).replace("\r\n", "\n").removesuffix("\r")


def _timestamp(record: dict[str, Any]) -> datetime:
    """The time with the milliseconds that the text form prints."""
    return datetime.fromtimestamp(int(record["created"]), UTC).replace(microsecond=int(record["msecs"]) * 1000)


def _body(truth: Truth) -> str:
    record = truth.record
    message = INSTANCE.sub("", record["message"]) if _own_instance(record) is None else record["message"]
    if summary := record["error_summary"]:
        # With a traceback the summary is a copy of its end. Without one, nobody reading the text can tell it from the message.
        return cleaned(message if record["traceback"] else f"{message}: {summary}")
    if (record["traceback"] or truth.stack) and record["levelname"] != "DEBUG":
        # logging.Formatter puts a newline between message and traceback only where there is none yet.
        return cleaned(message.removesuffix("\n"))
    return cleaned(message)


def _context(context: dict[str, Any]) -> dict[str, Any]:
    """The ids between the brackets of the head. Without a request id oslo.log prints `[-]`, whatever the context holds."""
    request = context.get("request_id") or None
    overall = context.get("global_request_id") or None
    ids = {"openstack.request_id": request, "openstack.global_request_id": overall if request else None}
    for attribute, key in IDENTITY.items():
        ids[attribute] = (context.get(key) or None) if request else None
    match = REQUEST.match(overall or request) if request else None
    ids["trace_id"] = match[1].replace("-", "") if match else None
    return ids


def _instance(record: dict[str, Any]) -> str | None:
    """What stands in `[instance: ...]`: of the call, else of the context (`ContextFormatter.format`)."""
    own = _own_instance(record)
    if own is None and (found := INSTANCE.match(record["message"])):
        # A message that begins so is, as text, the record of an instance.
        return found[1]
    return own


def _own_instance(record: dict[str, Any]) -> str | None:
    extra = record.get("extra") or {}
    instance = extra.get("instance")
    if isinstance(instance, dict):
        instance = instance["uuid"]
    elif instance:
        # The text formatter, when it came first, has put `[instance: <uuid>] ` over what the call gave.
        instance = instance.removeprefix("[instance: ").removesuffix("] ")
    return instance or extra.get("instance_uuid") or (record.get("context") or {}).get("resource_uuid") or None


def _exceptions(truth: Truth) -> dict[str, Any]:
    r"""The chain as printed, each `(type, message)`, and the frames of each.

    A note is a line after the message like any other, two lines of one note are like two notes. Only the head's summary
    (WARNING and above) has the message without notes, and it has only that of the exception that was raised out, and without
    white space at its end: blanks may be of either.
    """
    chain = truth.chain or []
    told_apart = bool(truth.record["error_summary"])
    texts = [_message(entry, with_notes=not (told_apart and entry["raised"])) for entry in chain]
    raised = next(number for number, entry in enumerate(chain) if entry["raised"])
    return {
        "exception.type": chain[raised]["type"],
        "exception.message": texts[raised] or None,
        "chain": [(entry["type"], text) for entry, text in zip(chain, texts, strict=True)],
        "notes": "\n".join(chain[raised]["notes"]) if told_apart else "",
        "frames": [[tuple(frame) for frame in entry["frames"]] for entry in chain],
    }


def _message(entry: dict[str, Any], *, with_notes: bool) -> str:
    lines = [entry["message"], *entry["notes"]] if with_notes else [entry["message"]]
    return cleaned("\n".join(lines)).rstrip()
