"""An HTTP request, over TCP, TLS or a unix socket: an API, a proxy of consoles, a metadata agent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from clients.http1 import Answer, Client, HttpsFiles, Slow, Target
from clients.model import Deadline, MalformedError, TargetError
from parsers.secret import Secret
from probes.checks.looking import Look, Past, shown
from probes.model import Context, Evidence, Finding


@dataclass(frozen=True, slots=True)
class Settings:
    """What to ask, and what a good answer is."""

    url: str
    """`http(s)://HOST:PORT/PATH`. Something that is cheap, needs no token and is no login: `/`, `/healthcheck`."""
    socket: str = ""
    """Path of a unix socket that takes the request. Default: none, asked over TCP. The host of `url` then is a header only."""
    host: str = ""
    """The header `Host`, for a server of several virtual hosts. Default: that of `url`."""
    headers: dict[str, str] = field(default_factory=dict)
    """More header fields, as `X-Neutron-Router-ID` for a metadata agent. No secrets: `user` and `password` are for these."""
    user: str = ""
    """Of basic authentication. Default: none."""
    password: Secret | None = None
    """Of that user."""
    status: tuple[int, ...] = ()
    """The statuses that are fine. Default: any under `below`."""
    below: int = 400
    """Without `status`: an answer with a lower status is fine. 500 where a refusal (404, 401) proves enough."""
    body: str = ""
    """Text that must be in the answer. Default: any will do."""
    keep: bool = False
    """Whether the connection is kept. Default: no; each look then is what a client's first request is: accepted, handed to a
    worker, answered. On a kept one answers the worker that has it, though no other may take a new one any more."""
    limit: Annotated[int, "bytes"] = 1 << 20
    """What is read of an answer; what comes after it is left unread. Default: 1 MB, ten times what any API says at its root."""
    tls: HttpsFiles = field(default_factory=HttpsFiles)
    """Certificates, for `https`."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A URL that is none, a header that would break the request."""
        try:
            Target.parse(self.url, self.socket)
        except ValueError as error:
            yield "url", str(error)
        for name, value in {**self.headers, "Host": self.host}.items():
            if not name.replace("-", "").isalnum() or not value.isascii() or not (value.isprintable() or not value):
                yield f"headers.{name}" if name in self.headers else "host", "is no header field; use printable ASCII letters"
        if self.password is not None and not self.user:
            yield "user", "is missing; a password needs one"
        if self.limit < 1:
            yield "limit", "must be at least 1 byte"


class Request:
    """FINE: answered as it should be.

    UNFIT: another status (503 of oslo.middleware's healthcheck by its file: it is being drained), the body without the text,
    no proper HTTP, hung up in the middle. SILENT: accepted, and not one byte in time; or the backlog is full. DRAINED: it read
    the request (as a unix socket can tell) or began to answer, and was not done in time: busy. NOT_YET, and GONE once it was
    fine: refused, no such socket, hung up without a byte. UNKNOWN: TLS, permissions.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._target = Target.parse(settings.url, settings.socket)
        headers = dict(settings.headers) | ({"Host": settings.host} if settings.host else {})
        login = (settings.user, settings.password or Secret("")) if settings.user else None
        self._client = Client(self._target, headers, keep=settings.keep, tls=settings.tls, login=login)
        self._past = Past()

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            answer = self._client.get(deadline, self._settings.limit)
        except Slow as late:
            return (look.saw(Finding.DRAINED, str(late)),)
        except MalformedError as failed:  # clients get the same
            return (look.saw(Finding.UNFIT, str(failed)),)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        if wrong := judged(answer, self._settings):
            return (look.saw(Finding.UNFIT, f"{self._target}: {wrong}", status=answer.status),)
        self._past.fine = True
        return (look.saw(Finding.FINE, f"{self._target}: {answer.status}", status=answer.status),)

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def judged(answer: Answer, settings: Settings) -> str:
    """What is wrong with an answer; empty where nothing is."""
    text = answer.body.decode(errors="replace")
    expected = answer.status in settings.status if settings.status else answer.status < settings.below
    if not expected and answer.status == 503 and "DISABLED BY FILE" in text:
        return "503, disabled by its file: it is being drained"
    if not expected:
        said = f": {shown(text)}" if text.strip() and not text.lstrip().startswith("<") else ""
        return f"{answer.status}{said}"
    if settings.body not in text:
        more = "" if answer.whole else f" in its first {settings.limit} bytes"
        return f"{answer.status}, and {settings.body!r} is not there{more}"
    return ""


def make(settings: Settings, context: Context) -> Request:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Request(settings)
