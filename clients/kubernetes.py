"""The one door to the API server: JSON as it came, errors mapped once, a deadline on each call.

The library `kubernetes` is needed for some of the ways to get there only (`clients.kubernetes_ways`). Its models are not built,
as a pod as model objects takes ten times what we keep of it.
"""

import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import orjson
import urllib3

from clients.kubernetes_access import ApiAccess
from clients.kubernetes_ways import NoWayError, Way, way_to

LONGEST = 4 << 20
"""Bytes of an event of a watch at most; etcd takes objects of up to 1.5 MB."""
_BODY = 64 << 20
MERGE_PATCH = "application/merge-patch+json"
"""RFC 7386: what is named is set, and null removes it; a list is replaced whole."""
JSON_PATCH = "application/json-patch+json"
"""RFC 6902: operations on places; for one member of a list."""
Method = Literal["GET", "POST", "PATCH"]


class ApiError(Exception):
    """The API server did not give what was asked for. `str()` says what and where, without secrets.

    `status`: of HTTP; 0 where there was no answer.
    """

    def __init__(self, text: str, status: int = 0, reason: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason


class Stream:
    """An answer that comes bit by bit. `close` from any thread ends a read that waits."""

    def __init__(self, response: urllib3.BaseHTTPResponse, what: str) -> None:
        self._response = response
        self._what = what

    def __iter__(self) -> Iterator[bytes]:
        """The bytes as they come. Raises ApiError when the connection breaks; SilenceError when nothing came for too long."""
        try:
            yield from self._response.stream(1 << 16, decode_content=False)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise SilenceError(self._what) from error
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            # the last two: what urllib3 and http.client raise when the response is closed by another thread
            raise ApiError(f"{self._what}: the connection broke ({type(error).__name__})") from error

    def close(self) -> None:
        """Hang up."""
        try:
            self._response.shutdown()
        except (OSError, ValueError, RuntimeError, AttributeError):
            self._response.close()  # it ended meanwhile

    def release(self) -> None:
        """Let go of the connection; what was not read of the answer is thrown away with it."""
        self._response.close()


class SilenceError(Exception):
    """Nothing came for too long."""


class Api:
    """Connections to one API server. Threads may share it. Nothing is read or connected before the first call."""

    def __init__(self, access: ApiAccess, connections: int = 4, find: Callable[[ApiAccess, int], Way] = way_to) -> None:
        self._access = access
        self._find = find
        self._connections = connections
        self._lock = threading.Lock()
        self._way: Way | None = None

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The whole answer, from JSON. Raises ApiError."""
        return self._whole("GET", path, query)

    def create(self, path: str, thing: Mapping[str, Any]) -> Any:
        """POST of an object to the path of its kind; gives the object as it was taken.

        Raises ApiError, of status 409 if it is there already.
        """
        return self._whole("POST", path, {}, orjson.dumps(thing))

    def patch(self, path: str, change: Any, kind: str = MERGE_PATCH) -> Any:
        """Change the object at a path; gives it as it is now. Raises ApiError, of status 404 if it is not there.

        A merge patch with the `metadata.resourceVersion` that was read ends with status 409 where another was quicker.
        """
        return self._whole("PATCH", path, {}, orjson.dumps(change), kind)

    @contextmanager
    def open(self, path: str, query: Mapping[str, str], silence: float) -> Iterator[Stream]:
        """An answer as it comes. `silence`: seconds without a byte after which reading it ends.

        Raises ApiError, and SilenceError: of a log to which nothing is written not even the head of an answer comes.
        """
        with self._opened("GET", _target(path, query), silence) as stream:
            yield stream

    def _whole(
        self, method: Method, path: str, query: Mapping[str, str], body: bytes | None = None, kind: str = "application/json"
    ) -> Any:
        what = f"{method} {path}"
        answer = bytearray()
        try:
            with self._opened(method, _target(path, query), self._access.timeout, body, kind) as stream:
                for data in stream:
                    answer += data
                    if len(answer) > _BODY:
                        raise ApiError(f"{what}: the answer has more than {_BODY >> 20} MB")
        except SilenceError:
            raise ApiError(f"{what}: no answer within {self._access.timeout:g} s") from None
        return parsed(bytes(answer), what)

    @contextmanager
    def _opened(
        self, method: Method, target: str, silence: float, body: bytes | None = None, kind: str = ""
    ) -> Iterator[Stream]:
        what = f"{method} {target.partition('?')[0]}"
        response = self._request(what, method, target, silence, body, kind)
        try:
            if response.status not in (200, 201):
                raise _refused(what, response)
            yield Stream(response, what)
        finally:
            response.close()

    def _request(
        self, what: str, method: Method, target: str, silence: float, body: bytes | None, kind: str
    ) -> urllib3.BaseHTTPResponse:
        way = self._connected()
        timeout = urllib3.Timeout(connect=self._access.timeout, read=silence)
        headers = {"Content-Type": kind} if body is not None else {}
        try:
            response = way.pool.request(
                method,
                way.url + target,
                headers=headers | way.credentials(),
                body=body,
                timeout=timeout,
                preload_content=False,
                redirect=False,
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise SilenceError(what) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiError(f"{what}: no answer from {way.url} ({_kind(error)})") from error
        if response.status == 401:
            with self._lock:
                self._way = None  # the next request reads the credentials anew
        return response

    def _connected(self) -> Way:
        with self._lock:
            if self._way is None:
                try:
                    self._way = self._find(self._access, self._connections)
                except NoWayError as error:
                    raise ApiError(str(error)) from error
            return self._way


def _target(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(query)}" if query else path


def _refused(what: str, response: urllib3.BaseHTTPResponse) -> ApiError:
    try:
        status = orjson.loads(response.read(1 << 16))
        message, reason = str(status.get("message", "")), str(status.get("reason", ""))
    except (ValueError, AttributeError, urllib3.exceptions.HTTPError, OSError):
        message = reason = ""
    return ApiError(f"{what}: {response.status} {message or response.reason}"[:500], response.status, reason)


def _kind(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return type(cause).__name__


def parsed(data: bytes, what: str) -> Any:
    """JSON. Raises ApiError."""
    try:
        return orjson.loads(data)
    except ValueError as error:
        raise ApiError(f"{what}: the answer is no JSON") from error


def lines(stream: Stream, ended: Callable[[], bool] = lambda: False) -> Iterator[bytes]:
    """The lines of an answer; a last one that is cut off is left out. Raises as the stream, and ApiError for one too long."""
    rest = b""
    for data in stream:
        *whole, rest = (rest + data).split(b"\n")
        yield from whole
        if len(rest) > LONGEST:
            raise ApiError(f"an event has more than {LONGEST >> 20} MB")
        if ended():
            return
