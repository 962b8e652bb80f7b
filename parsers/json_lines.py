"""Events as JSON lines: the same ones as `events` makes, written straight from the bytes of an ordinary record.

Nine of ten records of a log are one line with nothing unusual in it. Their JSON is put together from pieces, most of which
were seen before: what depends on the writer, on the request's context and on the second is kept. All others are made as
events and written by orjson. A property test holds the two equal.
"""

from datetime import UTC
from typing import Any

import orjson

from parsers.events import OSLO_TEXT, WARNING, EventOptions, trace_id_of
from parsers.masking import mask, might_hide
from parsers.model import decode
from parsers.oslo_fields import without_place
from parsers.oslo_profile import Profile
from parsers.projects import project_of
from parsers.request_lines import http_attributes
from parsers.severity import number_of
from parsers.timestamps import TimeReader

_KEPT = 4096
_SECOND = len("2026-11-23T03:33:01")
_MILLISECOND = len("2026-11-23 03:33:01.808")

Writer = tuple[bytes, bytes, bool]
"""What stands before the message and before the context's attributes, and whether messages end in the place of logging."""

Words = tuple[bytes, bytes]
"""Trace id and attributes that the words of a context tell."""


class JsonRenderer:
    """Renders the groups of `Profile.swift`, and knows which records are ordinary. One per source and profile.

    `writers` and `contexts` keep what pid, level and logger, and the words of a context, say; None for what is not ordinary.
    """

    def __init__(self, options: EventOptions, profile: Profile) -> None:
        self._options = options
        self._masking = options.masking
        self._profile = profile
        self._time = TimeReader(options.zone or UTC, options.year)
        self._seconds: dict[bytes, bytes | None] = {}
        self._source = b'},"source":%b,"first_line":' % orjson.dumps(_source(options, profile))[:-1]
        self.writers: dict[bytes, Writer | None] = {}
        self.contexts: dict[bytes, Words | None] = {}

    def render(
        self,
        time: bytes,
        writer: Writer,
        context: Words,
        instance: bytes,
        message: bytes,
        place: tuple[int, int, int],
    ) -> bytes | None:
        """JSON of a record of one line; `place` is number, offset and end. None when its time or text is not ordinary."""
        second = self._seconds.get(time[:_SECOND]) or self._second(time[:_SECOND])
        if second is None or len(time) != _MILLISECOND or not time[20:].isdigit():
            return None
        try:
            text = message.decode()
        except UnicodeDecodeError:
            return None
        more = b',"openstack.instance_uuid":' + orjson.dumps(decode(instance[11:-2])) if instance else b""
        if writer[2]:
            place_of: dict[str, Any] = {}
            text = without_place(text, place_of)
            more += _members(place_of)
        more += _members(http_attributes(text))
        if self._masking and might_hide(text):
            text = mask(text)
        return b"".join((
            b'{"timestamp":"', second, time[19:], writer[0], orjson.dumps(text), context[0], writer[1], context[1], more,
            self._source, b'%d,"lines":1,"first_offset":%d,"last_offset":%d}}' % place,
        ))  # fmt: skip

    def learn_writer(self, who: bytes) -> Writer | None:
        """What stands before the message and before the context's attributes; None where a record takes more than that."""
        pid, level, logger = decode(who).split(" ", 2)
        severity = number_of(level)
        known: Writer | None = None
        if severity is not None and severity < WARNING:
            service = self._options.service or project_of(logger)
            head = b'Z","severity_text":%b,"severity_number":%d,"body":' % (orjson.dumps(level), severity)
            resource = b'{"service.name":%b}' % orjson.dumps(service) if service else b"{}"
            attributes = orjson.dumps({"log.logger": logger, "process.pid": int(pid)})
            known = head, b',"resource":%b,"attributes":%b' % (resource, attributes[:-1]), level == "DEBUG"
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

    def _second(self, second: bytes) -> bytes | None:
        read = self._time(decode(second))
        known = _room(self._seconds)[second] = read[:-1].encode() if read else None
        return known


def _source(options: EventOptions, profile: Profile) -> dict[str, Any]:
    source: dict[str, Any] = {"format": OSLO_TEXT, "profile": profile.name}
    if options.file:
        source["file"] = options.file
    return source


def _members(attributes: dict[str, Any] | None) -> bytes:
    """JSON of more members of an object that has some."""
    return b"," + orjson.dumps(attributes)[1:-1] if attributes else b""


def _room(kept: dict[bytes, Any]) -> dict[bytes, Any]:
    """The table, emptied when it is full."""
    if len(kept) >= _KEPT:
        kept.clear()
    return kept
