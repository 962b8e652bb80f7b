"""What of an event can be searched for: its text, and its fields as words of the full-text index.

The index has two columns. `text` holds the message and the exceptions. `tags` holds one word per field value, so that any
mix of fields and words is an intersection of sorted lists, which SQLite walks newest first and leaves after 50 hits; a
B-tree per field would use one field and read all rows of it to test the others.

Retention recomputes the terms of an event to take it out of the index, as an index without content must be told what it
forgets. So a change here needs a migration that indexes older stores anew.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from parsers.model import Event

MAX_VALUE = 200
"""Characters of a field value that the index knows."""
MAX_TEXT = 16_000
"""Characters of message and stack trace that the index knows, each."""
EVERY = "zz"
"""The tag that every event has: what `NOT` subtracts from."""

KEYS = {
    "service": "sv",
    "logger": "lg",
    "host": "ho",
    "pod": "po",
    "container": "co",
    "namespace": "ns",
    "instance": "in",
    "request_id": "rq",
    "trace_id": "tr",
    "fingerprint": "fp",
    "dependency": "dp",
    "exception": "ex",
    "user": "us",
    "project": "pr",
    "format": "fm",
    "quality": "ql",
    "file": "fi",
    "level": "lv",
    "status": "st",
}
"""The two letters that stand before a field's values in the index."""

_SHARED = ("sv", "ho", "ho", "po", "co", "ns", "lg", "fm", "fi")
"""What `_shared` gets, in this order."""


class _Letters(dict[int, str]):
    """For `str.translate`: a word character for each character, found when first asked for."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char != "x" and char.isascii() and char.isalnum():
            word = char
        else:
            word = "".join(f"x{byte:02x}" for byte in char.encode("utf-8", "backslashreplace"))
        if code < 128:
            self[code] = word
        return word


_LETTERS = _Letters()
_PLAIN = re.compile(f"[0-9a-wyz-]{{1,{MAX_VALUE}}}").fullmatch
"""Small letters and digits but x, and hyphens: ids, of which each event has its own, are words but for their hyphens."""


@lru_cache(maxsize=20_000)
def tag(key: str, value: str) -> str:
    """One word of letters and digits for a field value; different values give different words, and beginnings stay so.

    `nova.compute` of `lg` is `lgnovax2ecompute`: the tokenizer would cut at the dot.
    """
    return _word(key, value)


def _word(key: str, value: str) -> str:
    """`tag`, for values that seldom come again."""
    if key == "rq":
        value = value.removeprefix("req-")
    if _PLAIN(value):
        return key + value.replace("-", "x2d")
    return key + value[:MAX_VALUE].casefold().translate(_LETTERS)


_ATTRIBUTES = (
    ("openstack.instance_uuid", "in", _word),
    ("openstack.request_id", "rq", _word),
    ("openstack.global_request_id", "rq", _word),
    ("openstack.user_id", "us", tag),
    ("openstack.project_id", "pr", tag),
    ("http.response.status_code", "st", tag),
)


def tags(event: Event) -> str:
    """The event's field values as words of the index."""
    attributes, resource, source = event.get("attributes", {}), event.get("resource", {}), event.get("source", {})
    shared = _shared(
        resource.get("service.name"),
        resource.get("host.name"),
        resource.get("k8s.node.name"),
        resource.get("k8s.pod.name"),
        resource.get("k8s.container.name"),
        resource.get("k8s.namespace.name"),
        attributes.get("log.logger"),
        source.get("format"),
        source.get("file"),
    )
    found = [f"{EVERY} lv{event.get('severity_number', 0)}", shared]
    found += [word(key, str(attributes[name])) for name, key, word in _ATTRIBUTES if name in attributes]
    if trace := event.get("trace_id"):
        found.append(_word("tr", trace))
    found += [tag(key, value) for key, value in _more(event) if value]
    return " ".join(found)


@lru_cache(maxsize=5000)
def _shared(*told: object) -> str:
    """The tags of values that many events have together."""
    found = [tag(key, str(value)) for key, value in zip(_SHARED, told, strict=True) if value is not None and value != ""]
    service = str(told[0] or "")
    if "-" in service:  # `service:nova` finds nova-compute and nova-scheduler
        found.append(tag("sv", service.partition("-")[0]))
    return " ".join(found)


def _more(event: Event) -> Iterator[tuple[str, str]]:
    if "fingerprint" in event:
        yield "fp", fingerprint_of(event)
    if "dependency" in event:
        yield "dp", dependency_of(event)
    for flag in event.get("quality", ()):
        yield "ql", flag
    if "exceptions" in event or "exception.type" in event.get("attributes", {}):
        for exception in _exceptions(event):
            yield "ex", exception
            yield "ex", exception.rpartition(".")[2]


def _exceptions(event: Event) -> set[str]:
    names = {exception.get("type", "") for exception in event.get("exceptions", ())}
    names.add(event.get("attributes", {}).get("exception.type", ""))
    return names


def fingerprint_of(event: Event) -> str:
    """The id of the event's fingerprint, "" without one."""
    return str(event.get("fingerprint", {}).get("id", ""))


def dependency_of(event: Event) -> str:
    """The dependency that the event's exception blames, "" without one."""
    found = event.get("dependency", "")
    return str(found.get("name", "")) if isinstance(found, dict) else str(found)


def text(event: Event) -> str:
    """The event's words: the message, then the exceptions as printed."""
    body = str(event.get("body", ""))[:MAX_TEXT]
    attributes = event.get("attributes", {})
    printed = attributes.get("exception.stacktrace") or attributes.get("exception.message")
    if printed:
        return f"{body}\n{str(printed)[:MAX_TEXT]}"
    return body
