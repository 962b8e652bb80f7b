"""A box's lines: each entry as JSON and as text, without secrets. Pure.

Command lines, log lines and the configuration in a Guru Meditation Report may hold passwords. Every string is masked by itself
before it becomes JSON: masking JSON could break it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from parsers.masking import mask
from probes.blackbox.model import Entry, Occasion, Signature

VERSION = 1
"""Of the lines in evidence.jsonl. A reader that finds another one shows them as they are."""
_RULE = "-" * 100
_LARGEST = 1 << 63
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal would obey: box.txt is read with `cat`, and a log may hold anything."""


def head(occasion: Occasion, now: datetime) -> tuple[bytes, bytes]:
    """The first line of both files: who, why, when."""
    processes = [{"pid": one.pid, "name": one.name, "state": one.state, "uid": one.uid} for one in occasion.processes]
    told = {
        "kind": "head",
        "version": VERSION,
        "time": _time(now),
        "service": occasion.service,
        "profile": occasion.profile.name,
        "why": occasion.why,
        "processes": processes,
        "suspects": [one.pid for one in occasion.suspects()],
    }
    return _json(told), _bytes(f"black box of {occasion.service} ({occasion.profile.name}), {_time(now)}", occasion.why, "")


def line(entry: Entry, now: datetime) -> bytes:
    """An entry for evidence.jsonl: `data` where there is any, else `text`."""
    told: dict[str, Any] = {"kind": "entry", "time": _time(now), "step": entry.step, "about": entry.about}
    if entry.lost:
        told["lost"] = entry.lost
    if entry.data:
        told["data"] = entry.data
    elif entry.text:
        told["text"] = entry.text
    return _json(told)


def text(entry: Entry) -> bytes:
    """An entry for box.txt."""
    parts = [f"NOT HAD: {entry.lost}"] if entry.lost else []
    parts += [entry.text.rstrip("\n")] if entry.text else []
    return _bytes(_RULE, f"{entry.step}: {entry.about}".rstrip(" :"), *parts, "")


def tail(signature: Signature | None, seconds: float, lost: Sequence[str]) -> tuple[bytes, bytes]:
    """The last line of both files. A box without it is torn."""
    named = {"name": signature.name, "still": signature.still, "pid": signature.pid} if signature else None
    told = {"kind": "tail", "signature": named, "seconds": round(seconds, 3), "lost": list(lost)}
    parts = (summary(signature), f"taken down in {seconds:.1f} s", *(f"not had: {one}" for one in lost))
    return _json(told), _bytes(_RULE, *parts, "")


def summary(signature: Signature | None) -> str:
    """Where it hangs, for a person."""
    if signature is None:
        return "where its main thread stands is not known"
    how = "in all dumps" if signature.still else "in the last dump; it moved between them"
    return f"main thread of {signature.pid} at {signature.name} {how}"


def masked(value: Any) -> Any:
    """JSON-ready `value` with every text masked."""
    if isinstance(value, str):
        return _shown(mask(value))
    if isinstance(value, Mapping):
        return {_shown(str(key)): masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)  # no number of JSON's readers
    return value


def _json(told: Mapping[str, Any]) -> bytes:
    return orjson.dumps(masked(told), default=str, option=orjson.OPT_APPEND_NEWLINE)


def _bytes(*parts: str) -> bytes:
    """Lines of box.txt."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", "\n".join(map(mask, parts))).encode()


def _shown(text: str) -> str:
    """Half characters (names of files that are not UTF-8) have no place in JSON."""
    return text.encode("utf-8", "backslashreplace").decode()


def _time(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
