"""Basic authentication by bcrypt hashes. A check of bcrypt costs a tenth of a second of a core, and it is meant to."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import bcrypt
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Check = Callable[[bytes, str], bool]
OPEN_PATHS = ("/-/healthy",)
"""Answered to everybody, with all below them: a kubelet has no password, and they tell nothing but that we live."""
KNOWN = "stratoscope.known"
"""In the scope of a request whose asker has shown a password."""
REMEMBERED = 100
"""Successful checks that are remembered, so that a scrape does not cost more than its metrics."""
_NOBODY = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8Q2yPvG8S1V1Wbo7Z4cK2cZlGmH5nK"
"""Checked for a user that there is not, so that the answer takes as long. Nothing fits it, as the answer is thrown away."""


def fits(password: bytes, hashed: str) -> bool:
    """Whether a password is the one of a bcrypt hash."""
    # bcrypt looks at 72 bytes; the library refuses more
    return len(password) <= 72 and b"\0" not in password and bcrypt.checkpw(password, hashed.encode())


class Authentication:
    """ASGI middleware that lets only those in who know a password. `users` gives name -> bcrypt hash, as in force now."""

    def __init__(
        self,
        app: ASGIApp,
        users: Callable[[], Mapping[str, str]],
        check: Check = fits,
        open_paths: Sequence[str] = OPEN_PATHS,
    ) -> None:
        self._app = app
        self._open_paths = open_paths
        self._users = users
        self._check = check
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, None] = OrderedDict()
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        users = self._users()
        free = scope["type"] != "http" or not users or is_open(scope["path"], self._open_paths)
        known = free or await self._known(scope, users)
        if known and not free:
            scope[KNOWN] = True
        await (self._app if known else _refusal())(scope, receive, send)

    async def _known(self, scope: Scope, users: Mapping[str, str]) -> bool:
        user, password = _credentials(Headers(scope=scope).get("authorization", ""))
        hashed = users.get(user, _NOBODY)
        # under a key of our own, so that neither the table nor the time of a look-up tells anything of the password
        told = b"\0".join((user.encode(), hashed.encode(), hashlib.sha256(password).digest()))
        ticket = hmac.digest(self._key, told, "sha256")
        if ticket in self._remembered:
            self._remembered.move_to_end(ticket)
            return True
        if self._limiter is None:
            self._limiter = CapacityLimiter(1)  # guesses take one core, not all; it belongs to the loop that runs now
        right = await to_thread.run_sync(self._check, password, hashed, limiter=self._limiter) and user in users
        if right:
            self._remembered[ticket] = None
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return right


def is_open(path: str, open_paths: Sequence[str]) -> bool:
    """Whether a path is one of these, or below one."""
    return any(path == one or path.startswith(f"{one}/") for one in open_paths)


def _credentials(header: str) -> tuple[str, bytes]:
    """User and password of an Authorization header; empty ones where it holds none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", b""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return user.decode(), password
    except (binascii.Error, UnicodeDecodeError):
        return "", b""


def _refusal() -> PlainTextResponse:
    return PlainTextResponse("Unauthorized\n", 401, headers={"WWW-Authenticate": 'Basic realm="stratoscope", charset="UTF-8"'})
