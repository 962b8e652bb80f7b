"""A server for one test: each connection is handed to a function that says whatever the test is about."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Speak = Callable[[socket.socket], None]


class Talker:
    """Listens on a unix socket at `path`. Leaving the context hangs up on everybody."""

    def __init__(self, path: Path, speak: Speak) -> None:
        self.address = f"unix:{path}"
        self._speak = speak
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._held.append(connection)
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self._speak(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for connection in self._held:
            connection.close()


def requests(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """What the other side asks, one after the other."""
    decoder, text = json.JSONDecoder(), ""
    while data := connection.recv(65536):
        text += data.decode()
        while text:
            try:
                request, end = decoder.raw_decode(text)
            except ValueError:
                break
            text = text[end:]
            yield request


def says(data: bytes) -> Speak:
    """Reads what it is asked, says this whatever it was, and hangs up."""

    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)
        connection.close()

    return speak


def silent(connection: socket.socket) -> None:
    """Accepts, reads, and says nothing."""
    while connection.recv(65536):
        pass


def answers(results: dict[str, Any]) -> Speak:
    """Gives the result (or the exception's text as the error) that stands for the method."""

    def speak(connection: socket.socket) -> None:
        for request in requests(connection):
            result = results.get(request["method"], LookupError(f"{request['method']} is not a valid command"))
            failed = isinstance(result, Exception)
            reply = {"id": request["id"], "result": None if failed else result, "error": str(result) if failed else None}
            connection.sendall(json.dumps(reply).encode())

    return speak
