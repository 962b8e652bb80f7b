"""A memcached: whether it answers, and takes connections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clients.memcached import FullError, LoginError, Memcached
from clients.model import Deadline, TargetError, TimedOutError
from clients.sockets import Endpoint
from probes.checks.looking import Kept, Look, Past, address_mistakes
from probes.model import Context, Evidence, Finding


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask."""

    address: str = "tcp:127.0.0.1:11211"
    """`tcp:HOST:PORT` or `unix:/PATH`. TLS (-Z) and SASL (-S) are not spoken here: use the check `tcp` for those."""
    full: float = 0.95
    """Part of its connections (0 to 1) from which on it is full. Default: the rest is what one API's restart takes at once."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """An address that is none, a part that is none."""
        yield from address_mistakes("address", self.address, "tcp", "unix")
        if not 0 < self.full <= 1:
            yield "full", "is not between 0 and 1; 0.95 means 95 of 100 connections"


class Cache:
    """FINE: it answers `version`, and takes connections.

    UNFIT: its connections are nearly or quite used up, or since the last look it has turned some away
    (`rejected_connections`) or stopped accepting (`listen_disabled_num`): clients fail there, and would do better without it.
    It counts its own files among the connections, so it is full before they reach the limit. SILENT: no answer in time; the
    connection is kept, and the same answer waited for. NOT_YET, and GONE once it was fine: nobody listens. UNKNOWN: it wants
    TLS or SASL.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = Endpoint.parse(settings.address)
        self._past = Past()
        self._connection = Kept(lambda deadline: Memcached(self._endpoint, deadline), (TimedOutError, LoginError))
        self._refusals: int | None = None

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            version, stats = self._connection.ask(lambda cache: (cache.version(deadline), cache.stats(deadline)), deadline)
        except FullError as full:
            return (look.saw(Finding.UNFIT, str(full)),)
        except LoginError as asks:  # an answer is an answer
            self._past.fine = True
            return (look.saw(Finding.FINE, str(asks)),)
        except TargetError as failed:
            return (look.saw(self._without_answer(failed), str(failed)),)
        return (self._judged(look, version, stats),)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _without_answer(self, failed: TargetError) -> Finding:
        if "without an answer" in str(failed) and not self._past.fine:
            return Finding.UNKNOWN
        return self._past.without_answer(failed)

    def _judged(self, look: Look, version: str, stats: Mapping[str, str]) -> Evidence:
        used, most = _number(stats, "curr_connections"), _number(stats, "max_connections")
        rejected, disabled = _number(stats, "rejected_connections"), _number(stats, "listen_disabled_num")
        before, self._refusals = self._refusals, rejected + disabled
        figures = {"connections": used, "connections_limit": most, "rejected": rejected, "listen_disabled": disabled}
        what = f"{self._endpoint}: version {version}, {used} of {most} connections"
        if before is not None and self._refusals > before:
            return look.saw(Finding.UNFIT, f"{what}; full: it refused {self._refusals - before} times", **figures)
        if most and used >= self._settings.full * most:
            return look.saw(Finding.UNFIT, f"{what}: full", **figures)
        self._past.fine = True
        return look.saw(Finding.FINE, what, **figures)


def _number(stats: Mapping[str, str], name: str) -> int:
    text = stats.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def make(settings: Settings, context: Context) -> Cache:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Cache(settings)
