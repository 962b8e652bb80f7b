"""`_bulk` of OpenSearch as far as documents are created: per-item answers, unique ids, a mapping that grows."""

import json
import re
import ssl
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.http import HttpServer, Reply, Request, Violation

_INDEX = re.compile(r"[^A-Z\\/*?\"<>| ,#:+_-][^A-Z\\/*?\"<>| ,#:]{0,254}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
Item = dict[str, Any]


class OpenSearchServer(HttpServer):
    """`documents`: index -> id -> document. `items` are answers given instead of taking an item, one an item, None takes it."""

    def __init__(self, *, context: ssl.SSLContext | None = None, most_fields: int = 1000, limit: int = 100 << 20) -> None:
        super().__init__(self._bulk, context)
        self.documents: dict[str, dict[str, dict[str, Any]]] = {}
        self.items: deque[tuple[int, str] | None] = deque()
        self.mappings: dict[str, dict[str, str]] = {}
        self._most_fields = most_fields
        self._limit = limit

    def all(self) -> list[dict[str, Any]]:
        return [document for index in self.documents.values() for document in index.values()]

    def _bulk(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        if url.path != "/_bulk" or request.headers["content-type"] != "application/x-ndjson":
            raise Violation(f"{request.path} {request.headers['content-type']}")
        if len(request.packed) > self._limit:
            return Reply(413, b'{"error": "too large"}')
        if not request.body.endswith(b"\n"):
            return Reply(400, b'{"error": "The bulk request must be terminated by a newline [\\\\n]"}')
        lines = [json.loads(line, parse_constant=_no_constant) for line in request.body.split(b"\n")[:-1]]
        if not lines or len(lines) % 2:
            raise Violation("action lines and documents must come in pairs")
        items = [{"create": self._create(*pair)} for pair in zip(lines[::2], lines[1::2], strict=True)]
        answer = {"took": 1, "errors": any("error" in item["create"] for item in items), "items": items}
        asked = parse_qs(url.query).get("filter_path", [""])[0]
        return Reply(200, json.dumps(_filtered(answer, asked)).encode(), {"Content-Type": "application/json"})

    def _create(self, action: Item, document: dict[str, Any]) -> Item:
        if list(action) != ["create"] or not set(action["create"]) <= {"_index", "_id"}:
            raise Violation(f"not an action of ours: {action}")
        index, identity = action["create"]["_index"], action["create"].get("_id", str(id(document)))
        if not _INDEX.fullmatch(index) or len(identity.encode()) > 512:
            return _failed(400, "illegal_argument_exception", "invalid index or id")
        told = self.items.popleft() if self.items else None
        if told is not None:
            return _failed(told[0], told[1], "told to")
        if not _TIME.fullmatch(document.get("@timestamp", "")):
            return _failed(400, "mapper_parsing_exception", "failed to parse field [@timestamp]")
        documents = self.documents.setdefault(index, {})
        if identity in documents:
            return _failed(409, "version_conflict_engine_exception", "document already exists")
        reason = self._mapped(index, document)
        if reason:
            return _failed(400, "mapper_parsing_exception", reason)
        documents[identity] = document
        return {"_index": index, "_id": identity, "status": 201, "result": "created"}

    def _mapped(self, index: str, document: dict[str, Any]) -> str | None:
        mapping = dict(self.mappings.get(index, {}))
        for name, kind in _fields("", document):
            if mapping.setdefault(name, kind) != kind and {mapping[name], kind} != {"long", "float"}:
                return f"field [{name}] is [{mapping[name]}] and not [{kind}]"
        if len(mapping) > self._most_fields:
            return f"Limit of total fields [{self._most_fields}] has been exceeded"
        self.mappings[index] = mapping
        return None


def _fields(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Names and types as dynamic mapping sees them: dots in names are objects, lists are their elements."""
    if isinstance(value, list):
        for one in value:
            yield from _fields(prefix, one)
    elif isinstance(value, dict):
        if prefix:
            yield prefix, "object"
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            parts = path.split(".")
            start = prefix.count(".") + 1 if prefix else 0
            yield from ((".".join(parts[:size]), "object") for size in range(start + 1, len(parts)))
            yield from _fields(path, inner)
    elif value is not None:
        yield prefix, _kind(value)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 63:
            raise Violation(f"a number out of the range of long: {value}")
        return "long"
    return "float" if isinstance(value, float) else "text"


def _failed(status: int, kind: str, reason: str) -> Item:
    return {"status": status, "error": {"type": kind, "reason": reason, "index_uuid": "-"}}


def _no_constant(text: str) -> None:
    raise Violation(f"{text} is not JSON")


def _filtered(answer: dict[str, Any], asked: str) -> dict[str, Any]:
    """What `filter_path` leaves, for the paths that we ask for."""
    if not asked:
        return answer
    if asked != "errors,items.*.status,items.*.error.type,items.*.error.reason":
        raise Violation(f"filter_path {asked}")
    items = []
    for item in answer["items"]:
        result = item["create"]
        kept = {"status": result["status"]}
        if "error" in result:
            kept["error"] = {name: result["error"][name] for name in ("type", "reason")}
        items.append({"create": kept})
    return {"errors": answer["errors"], "items": items}
