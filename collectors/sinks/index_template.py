"""What an OpenSearch should be told before the first event comes: the types of the fields, and for how long events are kept.

Without it events are taken, by OpenSearch's own guesses: text with a keyword beside it, which costs twice the space. But
`stratoscope search` cannot search there, as it sorts by what must be a keyword.
"""

from typing import Any

from collectors.sinks.documents import FIELDS, TEXT

PATTERN = "logs-openstack-*"
POLICY = "stratoscope"
PRIORITY = 200
"""Above the templates that come with the server (100)."""
_LONGEST_KEYWORD = 8191
"""Characters: a longer one has more bytes than Lucene takes (32,766), and the whole document would be refused."""
_LONGEST_WORD = 8191
"""Characters: of a longer one, as base64 and hexadecimal dumps are, only the beginning is kept, for the same reason."""
_ROLL = {"min_primary_shard_size": "30gb", "min_index_age": "1d"}
_KEEP = "30d"


def template() -> dict[str, Any]:
    """The body of `PUT _index_template/stratoscope`: a data stream with our fields, and nothing that grows by itself."""
    settings = {
        "index.codec": "best_compression",
        "index.refresh_interval": "5s",
        "analysis.tokenizer.words": {"type": "pattern", "pattern": r"[^\p{L}\p{N}]+"},
        "analysis.filter.beginning": {"type": "truncate", "length": _LONGEST_WORD},
        "analysis.analyzer.words": {
            "type": "custom",
            "tokenizer": "words",
            "filter": ["lowercase", "asciifolding", "beginning"],
        },
    }
    mappings = {"dynamic": False, "properties": _properties()}
    return {
        "index_patterns": [PATTERN],
        "data_stream": {},
        "priority": PRIORITY,
        "template": {"settings": settings, "mappings": mappings},
        "_meta": {"managed_by": "stratoscope"},
    }


def policy() -> dict[str, Any]:
    """The body of `PUT _plugins/_ism/policies/stratoscope`: a new index each day or 30 GB, gone after 30 days."""
    hot = {"name": "hot", "actions": [{"rollover": _ROLL}], "transitions": [_after(_KEEP, "delete")]}
    gone: dict[str, Any] = {"name": "delete", "actions": [{"delete": {}}], "transitions": []}
    return {
        "policy": {
            "description": "Events of OpenStack services: a new index each day or 30 GB, gone after 30 days.",
            "default_state": "hot",
            "states": [hot, gone],
            "ism_template": [{"index_patterns": [PATTERN], "priority": PRIORITY}],
        }
    }


def _after(age: str, state: str) -> dict[str, Any]:
    return {"state_name": state, "conditions": {"min_index_age": age}}


def _properties() -> dict[str, Any]:
    """The fields, those with dots inside each other."""
    root: dict[str, Any] = {}
    for name, kind in FIELDS.items():
        *above, last = name.split(".")
        place = root
        for part in above:
            place = place.setdefault(part, {}).setdefault("properties", {})
        if kind == TEXT:
            place[last] = {"type": "text", "analyzer": "words"}
        else:
            place[last] = {"type": kind} | ({"ignore_above": _LONGEST_KEYWORD} if kind == "keyword" else {})
    return root
