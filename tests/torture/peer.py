"""A far side that answers as told: an HTTP server that speaks OpenSearch's `_bulk`, well or badly."""

import gzip
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

from tests.torture.agents import Delivered

Behaviour = Literal["take", "hang", "cut", "half", "busy", "broken", "too large", "nonsense"]
"""`hang`: read the request and say nothing. `cut`: take the events, and close before the answer. `half`: take every other one,
and 429 for the others. `busy`: 429 with Retry-After. `broken`: 503. `nonsense`: 200 and something that is no answer."""
HALF_A_BATCH = 50
"""Events that one request may have while it is `too large`."""


class BulkPeer:
    """Listens on `port` within the context. `behave` is asked for each request."""

    def __init__(self, behave: Callable[[], Behaviour] = lambda: "take", port: int = 0) -> None:
        self.delivered = Delivered()
        self.requests = 0
        self._behave = behave
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def sink(self) -> dict[str, Any]:
        """The sink of a settings file that sends here."""
        to = {"kind": "opensearch", "url": f"http://127.0.0.1:{self.port}"}
        return {"to": to, "timeout": "1s", "retry": {"first": "0.05s", "most": "0.2s"}}

    def count(self) -> int:
        """Different records that are here."""
        with self._lock:
            return len(self.delivered.numbers())

    def mark(self, positions: dict[str, Any]) -> None:
        """The agent was killed, and these were its positions."""
        with self._lock:
            self.delivered.marks.append((len(self.delivered.events), positions))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, documents: list[dict[str, Any]]) -> None:
        with self._lock:
            self.delivered.events += documents

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    data = gzip.decompress(data)
                documents = [event_of(json.loads(line)) for line in data.splitlines()[1::2]]
                peer.requests += 1
                peer._answer(self, peer._behave(), documents)

            def log_message(self, *_: object) -> None:
                """Nobody wants to know."""

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler, behaviour: Behaviour, documents: list[dict[str, Any]]) -> None:
        status, headers, items = 200, {}, [201] * len(documents)
        if behaviour == "hang":
            self._ended.wait(3)
            handler.close_connection = True
            return
        if behaviour == "half":
            self._take(documents[::2])
            items = [201 if number % 2 == 0 else 429 for number in range(len(documents))]
        elif behaviour == "busy":
            status, headers = 429, {"Retry-After": "0"}
        elif behaviour == "broken":
            status = 503
        elif behaviour == "too large" and len(documents) > HALF_A_BATCH:
            status = 413
        elif behaviour != "nonsense":
            self._take(documents)
        if behaviour == "cut":
            handler.close_connection = True
            return
        body = json.dumps({"errors": 429 in items, "items": [{"create": {"status": one}} for one in items]}).encode()
        if behaviour == "nonsense":
            body = b"<html>It works!</html>"
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


def event_of(document: dict[str, Any]) -> dict[str, Any]:
    """The event that a document was made of, as far as the tests look into it: its names are nested in a document."""
    event = {"body": document["body"], "attributes": {"log.record.uid": find(document, "attributes.log.record.uid")}}
    if message := find(document, "attributes.exception.message"):
        event["attributes"]["exception.message"] = message
    if "quality" in document:
        event["quality"] = document["quality"]
    return event


def find(document: Any, dotted: str) -> Any:
    """The value of a name, its dots being nesting or part of a key."""
    if dotted in document:
        return document[dotted]
    for key, inner in document.items():
        if dotted.startswith(f"{key}.") and isinstance(inner, dict):
            found = find(inner, dotted.removeprefix(f"{key}."))
            if found is not None:
                return found
    return None
