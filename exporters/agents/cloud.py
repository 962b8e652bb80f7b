"""A cloud that is asked: one login, many GETs, all by a deadline. What the answers mean is not known here."""

import contextlib
import email.utils
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keystoneauth1.exceptions as keystone
import orjson
import requests
from keystoneauth1.identity.base import BaseIdentityPlugin
from keystoneauth1.plugin import BaseAuthPlugin
from keystoneauth1.session import Session

from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from exporters.agents.clouds import Access
from exporters.agents.connections import DeadlineAdapter, TooLongError


class VersionError(TargetError):
    """The API does not know the microversion."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A login that holds: the catalog, and the Unix time until which the token is good."""

    catalog: Sequence[Mapping[str, Any]]
    expires: float | None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of an API. `date`: its clock as Unix time, whole seconds; None where it does not tell."""

    body: Any
    received: int
    date: float | None


class Cloud:
    """A session with a cloud. Several threads may ask at the same time, all within the same deadline."""

    def __init__(self, access: Access, plugin: BaseAuthPlugin, *, max_body: int, parallel: int) -> None:
        self._adapter = DeadlineAdapter(max_body, parallel)
        self._http = requests.Session()
        self._http.mount("http://", self._adapter)
        self._http.mount("https://", self._adapter)
        self._plugin = plugin
        self._auth_url = str(access.options.get("auth_url", "Keystone"))
        # A redirect is not followed: it would carry the token, or the password, to wherever it points.
        self._session = Session(
            plugin, self._http, verify=access.verify, cert=access.cert, user_agent="stratoscope", redirect=False
        )

    @contextlib.contextmanager
    def deadline(self, deadline: Deadline) -> Iterator[None]:
        """All that is asked within ends at this deadline. Raises TimedOutError where it has passed."""
        with self._adapter.deadline(deadline):
            yield

    def log_in(self, deadline: Deadline) -> Ticket:
        """Log in, where the last login does not hold any more. Raises TargetError."""
        if not isinstance(self._plugin, BaseIdentityPlugin):
            raise RefusedError(f"{self._auth_url}: this auth_type gives no catalog of services; choose one that asks Keystone")
        with _mapped(f"login at {self._auth_url}", deadline):
            access = self._plugin.get_access(self._session)
        if not access.has_service_catalog():
            raise RefusedError(f"login at {self._auth_url}: the token is for no project; name one in the login")
        expires = access.expires
        return Ticket(access.service_catalog.catalog, expires.timestamp() if expires else None)

    def get(
        self, url: str, query: Sequence[tuple[str, str]], deadline: Deadline, *, service: str, version: str | None = None
    ) -> Reply:
        """GET with a token, renewed once if it is refused. Raises VersionError or another TargetError."""
        with _mapped(f"GET {url}", deadline):
            answer = self._session.get(
                url,
                params=query,
                headers={"Accept": "application/json"},
                microversion=version,
                microversion_service_type=service if version else None,
                log=False,
            )
        if answer.status_code != requests.codes.ok:
            where = f" to {answer.headers['Location']}" if "Location" in answer.headers else ""
            raise MalformedError(
                f"GET {url}: {answer.status_code}{where}; the catalog of Keystone should name the right address"
            )
        try:
            body = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise MalformedError(f"GET {url}: no JSON: {error}") from error
        return Reply(body, len(answer.content), _date(answer.headers.get("Date")))

    def close(self) -> None:
        """Let go of the connections; the token is forgotten and ends by itself."""
        self._http.close()


def _date(header: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(header).timestamp() if header else None
    except ValueError:
        return None


@contextlib.contextmanager
def _mapped(what: str, deadline: Deadline) -> Iterator[None]:
    """Foreign exceptions as ours."""
    try:
        yield
    except TargetError:
        raise
    except (keystone.ClientException, requests.exceptions.RequestException) as error:
        if deadline.clock() >= deadline.at:
            raise TimedOutError(f"{what}: no whole answer in time") from error
        raise _target_error(what, error) from error
    if deadline.clock() >= deadline.at:  # a head that was cut in the middle looks like a whole one without a body
        raise TimedOutError(f"{what}: no whole answer in time")


def _target_error(what: str, error: Exception) -> TargetError:
    if isinstance(error, keystone.UnknownConnectionError):
        return MalformedError(f"{what}: {_torn(error.original)}")
    if isinstance(error, keystone.SSLError):
        return RefusedError(f"{what}: TLS: {_tail(error)}; trust its authority with ca_file")
    if isinstance(error, keystone.ConnectTimeout):
        return TimedOutError(f"{what}: no answer in time")
    if isinstance(error, keystone.ConnectionError):
        return UnreachableError(f"{what}: {_tail(error)}")
    if isinstance(error, keystone.HttpError):
        return _http_error(what, error)
    return MalformedError(f"{what}: {type(error).__name__}: {_short(str(error))}")


def _torn(cause: Exception) -> str:
    return str(cause) if isinstance(cause, TooLongError) else f"the answer ended in the middle ({type(cause).__name__})"


def _http_error(what: str, error: keystone.HttpError) -> TargetError:
    status = error.http_status
    said = _short(str(error.message).removesuffix(f" (HTTP {status})"))
    if status == requests.codes.not_acceptable:
        return VersionError(f"{what}: 406: it does not know the microversion")
    if status in {401, 403}:
        return RefusedError(f"{what}: {status}: {said}; see the roles in docs/exporters/agents.md")
    if status < 500 and status != requests.codes.too_many_requests:
        return MalformedError(f"{what}: {status}: {said}")
    return TargetError(f"{what}: {status}: {said}")


def _tail(error: Exception) -> str:
    """The last thing that an error of requests says: the system's own words."""
    return _short(str(error).rsplit(": ", 1)[-1].rstrip("')\""))


def _short(said: object) -> str:
    words = " ".join(str(said).split())
    return words if len(words) <= 200 else words[:197] + "..."
