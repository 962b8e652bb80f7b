"""Events as JSON lines: the same ones as `events` makes, written straight from the bytes of an ordinary record.

Nine of ten records of a log are one line with nothing unusual in it. Their JSON is put together from pieces, most of which
were seen before: what depends on the writer, on the request's context and on the second is kept. All others are made as
events and written by orjson. A property test holds the two equal.
"""

import json
from typing import Any

import orjson

from parsers.events import OSLO_TEXT, WARNING, EventOptions, group_of, trace_id_of
from parsers.model import Event, decode
from parsers.oslo_fields import without_place
from parsers.oslo_profile import Profile
from parsers.request_lines import http_attributes
from parsers.severity import number_of
from parsers.zones import Clock

_KEPT = 4096

Writer = tuple[bytes, bytes, bool, str | None]
"""What stands before the message and before the context's attributes, whether messages end in the place of logging, and the
logger where events are grouped."""

Words = tuple[bytes, bytes]
"""Trace id and attributes that the words of a context tell."""


class JsonRenderer:
    """Renders the groups of `Profile.swift`, and knows which records are ordinary. One per stream and profile.

    `resource` and `attributes` are what the wrappers of the stream tell.

    `writers` and `contexts` keep what pid, level and logger, and the words of a context, say; None for what is not ordinary.
    `source` is the part of the line that is the same for all. The line itself is put together by SwiftRun, for speed.
    """

    def __init__(
        self,
        options: EventOptions,
        profile: Profile,
        resource: dict[str, str] | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self._options = options
        self._resource = resource or {}
        self._attributes = attributes or {}
        self.masking = options.masking
        self._profile = profile
        self._clock = Clock(options.zone, options.year)
        self.source = b',"source":%b,"first_line":' % orjson.dumps(options.source_of(OSLO_TEXT, profile.name))[:-1]
        self.writers: dict[bytes, Writer | None] = {}
        self.contexts: dict[bytes, Words | None] = {}

    def second(self, time: bytes, noted: str | None) -> bytes | None:
        """RFC 3339 of a time to the second, without its `Z`; None where there is no such second.

        `noted` is the time of the wrapper, which tells the zone if no option does.
        """
        read = self._clock(decode(time), noted)
        return read[:-1].encode() if read else None

    def details(self, text: str, instance: bytes, writer: Writer) -> tuple[str, bytes]:
        """A message without the place that logged it, and JSON of what it and the head say besides."""
        more = b',"openstack.instance_uuid":' + orjson.dumps(decode(instance[11:-2])) if instance else b""
        if writer[2]:
            place: dict[str, Any] = {}
            text = without_place(text, place)
            more += _members(place)
        return text, more + _members(http_attributes(text))

    def learn_writer(self, who: bytes) -> Writer | None:
        """What stands before the message and before the context's attributes; None where a record takes more than that."""
        pid, level, logger = decode(who).split(" ", 2)
        severity = number_of(level)
        known: Writer | None = None
        if severity is not None:
            service = self._options.service_of(self._resource, logger)
            group = logger if severity >= WARNING else None
            head = b'Z","severity_text":%b,"severity_number":%d,"body":' % (orjson.dumps(level), severity)
            resource = orjson.dumps({**self._resource, "service.name": service} if service else self._resource)
            attributes = orjson.dumps({**self._attributes, "log.logger": logger, "process.pid": int(pid)})
            known = head, b',"resource":%b,"attributes":%b' % (resource, attributes[:-1]), level == "DEBUG", group
        _room(self.writers)[who] = known
        return known

    def learn_context(self, context: bytes) -> Words | None:
        """The trace id, and the attributes that the words of a context tell; None where they are no context."""
        attributes = self._profile.context_of(context)
        known = None
        if attributes is not None:
            trace_id = trace_id_of(attributes)
            told = orjson.dumps(attributes)[1:-1]
            known = b',"trace_id":"%b"' % trace_id.encode() if trace_id else b"", b"," + told if told else b""
        _room(self.contexts)[context] = known
        return known


def grouped(logger: str, body: str) -> bytes:
    """JSON of the members that group events of WARNING and above, after the end of the attributes."""
    return b"}," + orjson.dumps(group_of(logger, body, ()))[1:-1]


def dumped(event: Event) -> bytes:
    r"""JSON of an event. Those of JSON logs may hold what orjson refuses: 99999999999999999999, or half of a pair, `\ud83d`."""
    try:
        return orjson.dumps(event)
    except TypeError:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")


def _members(attributes: dict[str, Any] | None) -> bytes:
    """JSON of more members of an object that has some."""
    return b"," + orjson.dumps(attributes)[1:-1] if attributes else b""


def _room(kept: dict[bytes, Any]) -> dict[bytes, Any]:
    """The table, emptied when it is full."""
    if len(kept) >= _KEPT:
        kept.clear()
    return kept
