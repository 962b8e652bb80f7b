"""What the APIs' lists have in common: how they write times, flags and free text, and what a list may look like."""

import datetime as dt
import unicodedata
from collections.abc import Mapping
from typing import Any

from clients.model import MalformedError

LONGEST_TEXT = 200
"""Characters of a reason that are kept: it becomes the label of one series."""
_NEVER = 86400.0
# ML2/OVN, before the first answer of a chassis (recorded from Neutron 21):
# {"binary": "ovn-controller", "heartbeat_timestamp": "1970-01-01 00:00:00+00:00", "alive": true, ...}


def seconds(text: Any) -> float | None:
    """The Unix time of `2026-11-26T22:32:28.000000`, `2026-11-26 22:32:23`, `...+00:00`, `...Z`; UTC where no zone is told.

    None for null, for the epoch (a sign of life that never came) and for what is no time.
    """
    if not isinstance(text, str):
        return None
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    found = when.timestamp()
    return found if found > _NEVER else None


def age(text: Any, now: float) -> float | None:
    """Seconds from that time to `now`."""
    then = seconds(text)
    return None if then is None else now - then


def text(row: Mapping[str, Any], key: str) -> str:
    """A short text of one line; empty for null. Raises MalformedError for what is no text."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedError(f"{key} is {type(value).__name__} where a text should be")
    if value.isprintable() and len(value) <= LONGEST_TEXT:
        return value
    clean = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in value)
    return clean if len(clean) <= LONGEST_TEXT else clean[: LONGEST_TEXT - 3] + "..."


def name(row: Mapping[str, Any], key: str) -> str:
    """A text that must be there. Raises MalformedError."""
    found = text(row, key)
    if not found:
        raise MalformedError(f"a row without {key}")
    return found


def flag(row: Mapping[str, Any], key: str) -> bool | None:
    """True, false, or None where the API has no such field. Raises MalformedError for anything else."""
    value = row.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise MalformedError(f"{key} is {type(value).__name__} where true or false should be")


def rows(body: Any, key: str) -> list[Mapping[str, Any]]:
    """The list under `key`. Raises MalformedError for what has none."""
    found = body.get(key) if isinstance(body, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise MalformedError(f"an answer without a list of {key}")
    return found
