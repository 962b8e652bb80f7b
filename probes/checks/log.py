r"""Whether a line that a service logs again and again still comes: proof QUIET. And whether what began has ended.

    pattern   `Agent rpc_loop - iteration:\d+` of the Open vSwitch agent
    begin/end `Starting router update for (?P<key>[-0-9a-f]{36})`, `Finished a router update for (?P<key>...` of the L3 agent

The end of the file is followed cheaply, across rotation. Patterns run in `regex` with a time limit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import regex

from clients.model import Deadline, TimedOutError
from probes.model import Context, Evidence, Finding
from probes.proc.following import Follower
from probes.proc.reading import ProcError
from probes.proc.rhythm import Pairs, Rhythm

NAME = "log"
_LINE_LIMIT = 4096
"""Bytes of a line that a pattern is tried on: what it looks for stands near the beginning."""
_PATTERN_SECONDS = 0.05
"""For one line. An honest pattern takes microseconds."""
_TOLD = 10
"""Unended beginnings that get evidence of their own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which file, and what must come in it."""

    path: str = ""
    """The service's log; with `*` in it the file that was written last of those that fit
    (/var/log/pods/openstack_neutron-ovs-agent-*/neutron-ovs-agent/*.log)."""
    pattern: str = ""
    """Regular expression, searched for in each line: what must come again and again. Empty: only begin and end count."""
    silence: Annotated[float, "seconds"] = 300.0
    """None for so long is a proof. The Open vSwitch agent's loop takes 2 s, and minutes with thousands of ports."""
    begin: str = ""
    """Regular expression for a beginning; its group `key` says of what."""
    end: str = ""
    """Regular expression for the end of what has the same `key`. A new beginning of a key counts from anew."""
    within: Annotated[float, "seconds"] = 900.0
    """What has begun must have ended in so long. A router with hundreds of addresses takes minutes."""
    read_limit: Annotated[int, "bytes"] = 4 << 20
    """Of one look. What a service has logged beyond that is passed over."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if not Path(self.path).is_absolute():
            yield "path", "must be the absolute path of a log"
        if not self.pattern and not self.begin:
            yield "pattern", "must not be empty where `begin` is: nothing would be looked for"
        if bool(self.begin) != bool(self.end):
            yield ("end" if self.begin else "begin"), "is missing; `begin` and `end` go together"
        for key in ("pattern", "begin", "end"):
            yield from _mistakes_of(key, getattr(self, key))
        for key in ("silence", "within"):
            if getattr(self, key) <= 0:
                yield key, "must be more than 0 seconds"
        if self.read_limit < 1 << 16:
            yield "read_limit", "must be at least 64K"


def _mistakes_of(key: str, pattern: str) -> Iterator[tuple[str, str]]:
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        yield key, f"is no regular expression: {error}"
        return
    if pattern and key != "pattern" and "key" not in compiled.groupindex:
        yield key, "needs a group `key`, as in (?P<key>\\S+): what a beginning and its end have in common"


def make(settings: Settings, context: Context) -> "LogCheck":
    """The check."""
    return LogCheck(settings, context)


class LogCheck:
    """Not for several threads at once. Holds the log open between the looks, so that nothing is missed when it is rotated."""

    def __init__(self, settings: Settings, context: Context) -> None:  # noqa: ARG002  what all checks are made of
        self._settings = settings
        self._follower = Follower(settings.path, settings.read_limit)
        self._pattern, self._begin, self._end = (
            regex.compile(pattern.encode()) if pattern else None for pattern in (settings.pattern, settings.begin, settings.end)
        )
        self._rhythm = Rhythm(settings.silence)
        self._pairs = Pairs(settings.within)

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Read what has come since the last look, and judge."""
        now = deadline.clock()
        try:
            lines, missed = self._follower.lines()
            if missed:
                self._pairs.forget()
            for line in lines:
                deadline.left(f"log {self._settings.path}")
                self._take(line[:_LINE_LIMIT], now)
        except ProcError as error:
            return [Evidence(NAME, Finding.UNKNOWN, now, str(error))]
        except TimedOutError:
            self._pairs.forget()
            return [Evidence(NAME, Finding.UNKNOWN, now, "more lines have come than could be read in time; look more often")]
        except TimeoutError:
            text = f"a pattern takes more than {_PATTERN_SECONDS:g} s for one line; write it with fewer nested repeats"
            return [Evidence(NAME, Finding.UNKNOWN, now, text)]
        return self._judged(now)

    def close(self) -> None:
        """Close the log."""
        self._follower.close()

    def _take(self, line: bytes, now: float) -> None:
        """One line. Raises TimeoutError."""
        if self._pattern is not None and self._pattern.search(line, timeout=_PATTERN_SECONDS):
            self._rhythm.beat(now)
        if self._begin is None or self._end is None:
            return
        if found := self._begin.search(line, timeout=_PATTERN_SECONDS):
            self._pairs.begin(_key(found["key"]), now)
        elif found := self._end.search(line, timeout=_PATTERN_SECONDS):
            self._pairs.end(_key(found["key"]), now)

    def _judged(self, now: float) -> list[Evidence]:
        evidence = []
        if self._pattern is not None:
            finding, text = self._rhythm.judge(now)
            quiet = self._rhythm.quiet(now)
            figures = {} if quiet is None else {"quiet_seconds": quiet}
            evidence.append(Evidence(NAME, finding, now, f"{text} in {self._follower.path}", figures=figures))
        if self._begin is not None:
            evidence += self._unended(now, alone=self._pattern is None)
        return evidence

    def _unended(self, now: float, *, alone: bool) -> list[Evidence]:
        """About what has begun; the whole has an `about` of its own where the pattern's is there as well."""
        finding, text = self._pairs.judge(now)
        overdue = self._pairs.overdue(now)
        figures = {"begun": float(len(self._pairs)), "overdue": float(len(overdue))}
        whole = Evidence(NAME, finding, now, text, about="" if alone else "begun", figures=figures)
        each = (
            Evidence(NAME, Finding.PARTIAL, now, f"{key} has begun {seconds:.0f} s ago and not ended", about=key)
            for key, seconds in overdue[:_TOLD]
        )
        return [whole, *each]


def _key(data: bytes) -> str:
    return data[:200].decode(errors="replace")
