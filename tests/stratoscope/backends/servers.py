"""The servers that the sinks' tests push to, which can be searched as well: as their references document it, and no more."""

import json
from typing import Any
from urllib.parse import parse_qs

from tests.servers.http import Reply, Request, Violation
from tests.servers.loki import LokiServer
from tests.servers.opensearch import OpenSearchServer
from tests.stratoscope.backends.dsl_subset import matches, values
from tests.stratoscope.backends.logql_subset import matching


class SearchableLoki(LokiServer):
    """`merged`: as a Loki that does not know how to give metadata apart from labels. `most`: entries of an answer."""

    def __init__(self, *, merged: bool = False, most: int = 5000, tenant: str | None = None) -> None:
        super().__init__(tenant=tenant)
        self.merged = merged
        self.most = most
        self.asked: list[dict[str, str]] = []

    def _push(self, request: Request) -> Reply:
        if request.path != "/loki/api/v1/query_range":
            return super()._push(request)
        if self._tenant is not None and request.headers.get("x-scope-orgid") != self._tenant:
            return Reply(401, b"no org id\n")
        form = {name: one[0] for name, one in parse_qs(request.body.decode(), strict_parsing=True).items()}
        self.asked.append(form)
        if set(form) != {"query", "start", "end", "limit", "direction"} or form["direction"] != "backward":
            raise Violation(f"not a query: {form}")
        if int(form["limit"]) > self.most:
            return Reply(400, f"max entries limit per query exceeded, limit > max_entries_limit ({self.most})".encode())
        apart = not self.merged and request.headers.get("x-loki-response-encoding-flags") == "categorize-labels"
        return Reply(200, json.dumps(self._found(form, apart=apart)).encode(), {"Content-Type": "application/json"})

    def _found(self, form: dict[str, str], *, apart: bool) -> dict[str, Any]:
        test, since, until = matching(form["query"]), int(form["start"]), int(form["end"])
        hits = [
            (when, line, dict(labels), metadata)
            for labels, entries in self.streams.items()
            for when, line, metadata in entries
            if since <= when < until and test({**dict(labels), **metadata}, line)
        ]
        hits.sort(key=lambda hit: -hit[0])
        result = []
        for when, line, labels, metadata in hits[: int(form["limit"])]:
            if apart:
                values_: list[Any] = [[str(when), line, {"structuredMetadata": metadata}]]
                result.append({"stream": labels, "values": values_})
            else:
                result.append({"stream": labels | metadata, "values": [[str(when), line]]})
        return {"status": "success", "data": {"resultType": "streams", "result": result}}


class SearchableOpenSearch(OpenSearchServer):
    """`failing`: shards that do not answer."""

    def __init__(self, *, failing: int = 0) -> None:
        super().__init__()
        self.failing = failing
        self.asked: list[dict[str, Any]] = []

    def _bulk(self, request: Request) -> Reply:
        if not request.path.endswith("/_search"):
            return super()._bulk(request)
        index = request.path.removeprefix("/").removesuffix("/_search")
        names = [one for one in self.documents if one == index or (index.endswith("*") and one.startswith(index[:-1]))]
        if not names:
            return Reply(404, b'{"error":{"type":"index_not_found_exception","reason":"no such index"},"status":404}')
        body = json.loads(request.body)
        self.asked.append(body)
        if set(body) - {"query", "size", "sort", "track_total_hits", "search_after"} or body["size"] > 10_000:
            return Reply(400, b'{"error":{"type":"illegal_argument_exception","reason":"Result window is too large"}}')
        documents = [one for name in names for one in self.documents[name].values() if matches(body["query"], one)]
        found = sorted(((_sort(one), one) for one in documents), key=lambda hit: hit[0], reverse=True)
        after = body.get("search_after")
        page = [hit for hit in found if after is None or hit[0] < after][: body["size"]]
        shards = {"total": 3, "successful": 3 - self.failing, "skipped": 0, "failed": self.failing}
        hits = {"hits": [{"_source": document, "sort": key} for key, document in page]}
        return Reply(200, json.dumps({"took": 1, "timed_out": False, "_shards": shards, "hits": hits}).encode())


def _sort(document: dict[str, Any]) -> list[str]:
    return [document["@timestamp"], next(iter(values(document, "attributes.log.record.uid")), "")]
