"""The one door to the API server: GET only, JSON as it came, errors mapped once.

`kubernetes` is used for what is hard (kubeconfig, service accounts, renewed tokens, TLS, proxies); its models are not built,
as a pod as model objects takes ten times what we keep of it.
"""

import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import urllib3

from clients.kubernetes_access import ApiAccess

LONGEST = 4 << 20
"""Bytes of an event of a watch at most; etcd takes objects of up to 1.5 MB."""
_BODY = 64 << 20


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

    def __init__(self, access: ApiAccess, connections: int = 4) -> None:
        self._access = access
        self._connections = connections
        self._lock = threading.Lock()
        self._client: Any = None
        self._configuration: Any = None

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The whole answer, from JSON. Raises ApiError."""
        body = bytearray()
        try:
            with self.open(path, query, self._access.timeout) as stream:
                for data in stream:
                    body += data
                    if len(body) > _BODY:
                        raise ApiError(f"GET {path}: the answer has more than {_BODY >> 20} MB")
        except SilenceError:
            raise ApiError(f"GET {path}: no answer within {self._access.timeout:g} s") from None
        return parsed(bytes(body), f"GET {path}")

    @contextmanager
    def open(self, path: str, query: Mapping[str, str], silence: float) -> Iterator[Stream]:
        """An answer as it comes. `silence`: seconds without a byte after which reading it ends.

        Raises ApiError, and SilenceError: of a log to which nothing is written not even the head of an answer comes.
        """
        what = f"GET {path}"
        response = self._request(what, path, query, silence)
        try:
            if response.status != 200:
                raise _refused(what, response)
            yield Stream(response, what)
        finally:
            response.close()

    def _request(self, what: str, path: str, query: Mapping[str, str], silence: float) -> urllib3.BaseHTTPResponse:
        client, configuration = self._connected()
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415  39 MB

        url = f"{configuration.host}{path}?{urllib.parse.urlencode(query)}"
        try:
            headers = {one["key"]: one["value"] for one in configuration.auth_settings().values() if one["value"]}
            answer = client.request("GET", url, headers=headers, _request_timeout=(self._access.timeout, silence))
        except urllib3.exceptions.ReadTimeoutError as error:
            raise SilenceError(what) from error
        except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
            raise ApiError(f"{what}: no answer from {configuration.host} ({_kind(error)})") from error
        response: urllib3.BaseHTTPResponse = answer.response
        if response.status == 401:
            with self._lock:
                self._client = None  # the next request reads the credentials anew
        return response

    def _connected(self) -> tuple[Any, Any]:
        with self._lock:
            if self._client is None:
                self._configuration = _configuration(self._access, self._connections)
                from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415  39 MB

                self._client = RESTClientObject(self._configuration)
            return self._client, self._configuration


def _configuration(access: ApiAccess, connections: int) -> Any:
    from kubernetes import client, config  # noqa: PLC0415  39 MB

    loaders: Any = config  # half of it has types
    configuration = client.Configuration()
    configuration.retries = False
    configuration.connection_pool_maxsize = connections
    try:
        if access.kubeconfig is None:
            loaders.load_incluster_config(client_configuration=configuration)
        else:
            loaders.load_kube_config(
                config_file=str(access.kubeconfig),
                context=access.context or None,
                client_configuration=configuration,
                persist_config=False,
            )
    except (config.ConfigException, OSError) as error:
        place = "the service account of this pod" if access.kubeconfig is None else str(access.kubeconfig)
        raise ApiError(f"{place} cannot be used: {error}") from error
    return configuration


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
