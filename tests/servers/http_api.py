"""What HTTP servers of the tests have in common: a thread on loopback, and no request that nobody expected."""

import http.server
import ssl
import threading
from typing import Self


class HttpApi:
    """Listens on loopback from `with` on. Heirs are dataclasses with these fields; a handler finds them as `server.api`."""

    tls: ssl.SSLContext | None
    unexpected: list[str]
    ended: threading.Event
    _server: http.server.ThreadingHTTPServer | None

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """What answers a connection."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """Where it is."""
        assert self._server is not None
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self._server.daemon_threads = True
        self._server.api = self  # type: ignore[attr-defined]
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        assert self._server is not None
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        assert kind is not None or not self.unexpected, self.unexpected
