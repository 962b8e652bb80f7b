"""A large mixed log of OpenStack services, as a node's collector sees it: the same bytes for the same size and form.

Five workers write in turn, each record as a whole; a request writes about four records. Of the records 90 % are INFO (25 % are
lines of API requests), 4 % DEBUG, 4 % WARNING and the others errors; a tenth of all lines stand in tracebacks.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shapes import Shape, shapes, traced, values

WORKERS = (7, 21, 22, 23, 24)
SEED = 1
_TRACED_LINES = 0.1
_SAME_REQUEST = 0.75
_START = 1_795_410_000
"""Epoch seconds of the first record: 2026-11-23 05:00:00."""
_FILL = 1 << 20
_INSTANCE = "[instance: "


@dataclass(frozen=True, slots=True)
class Record:
    """What one call of a logger says. `context` has the eight words of the default format, or none.

    `time` is epoch milliseconds, `second` the same as text. `summary` is the last exception, `trace` what is printed above it.
    """

    time: int
    second: str
    pid: int
    level: str
    logger: str
    context: tuple[str, ...]
    message: str
    trace: str
    summary: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a generated file holds: `lines`, `traced` of them in tracebacks, and the `events` that a reader should find."""

    path: Path
    form: str
    size: int
    lines: int
    events: int
    traced: int


class Workers:
    """Makes the records; the same ones for the same seed."""

    def __init__(self, seed: int = SEED) -> None:
        self._chance = random.Random(seed)  # noqa: S311  the same log each time is the point
        self._values = values(self._chance)
        self._traced = traced()
        self._weights = [1 / (20 + shape.trace.count("\n")) for shape in self._traced]
        self._kinds = [
            (shapes("INFO", "requests"), 0.25),
            (shapes("INFO", "notes"), 0.65),
            (shapes("DEBUG", "debugs"), 0.04),
            (shapes("WARNING", "warnings"), 0.04),
            (shapes("ERROR", "errors"), 0.02),
        ]
        self._contexts: dict[int, tuple[str, ...]] = {}
        self._users = [(self._values["hex"](), self._values["hex"]()) for _ in range(200)]

    def records(self) -> Iterator[Record]:
        """Endless. The share of lines in tracebacks is kept as it goes along."""
        lines, in_traces, time, second, text = 0, 0, _START * 1000, 0, ""
        pools, weights = [pool for pool, _ in self._kinds], [share for _, share in self._kinds]
        while True:
            batch = self._chance.choices(pools, weights, k=512)
            for pool in batch:
                time += self._chance.randrange(1, 60)
                if time // 1000 != second:
                    second, text = time // 1000, _clock(time // 1000)
                due = in_traces < lines * _TRACED_LINES - 60
                shape = self._chance.choices(self._traced, self._weights)[0] if due else self._chance.choice(pool)
                record = self._record(shape, time, text)
                if due:
                    in_traces += record.trace.count("\n") + record.summary.count("\n") + 2
                lines += (
                    1 + record.message.count("\n") + (due and record.trace.count("\n") + 2 * record.summary.count("\n") + 2)
                )
                yield record

    def _record(self, shape: Shape, time: int, second: str) -> Record:
        pid = self._chance.choice(WORKERS)
        context = self._contexts.get(pid)
        if context is None or self._chance.random() > _SAME_REQUEST:
            context = self._contexts[pid] = self._context()
        message, summary = shape.message(self._values), shape.summary(self._values)
        return Record(time, second, pid, shape.level, shape.logger, context, message, shape.trace, summary)

    def _context(self) -> tuple[str, ...]:
        kind = self._chance.random()
        if kind < 0.15:
            return ()
        user, project = self._chance.choice(self._users) if kind < 0.85 else ("-", "-")
        domains = ("default", "default") if kind < 0.85 else ("-", "-")
        outer = f"req-{self._values['uuid']()}" if kind < 0.45 else "None"
        return (outer, f"req-{self._values['uuid']()}", user, project, "-", "-", *domains)


def _clock(second: int) -> str:
    """`2026-11-23 05:00:00`; a log of more than a month goes on in hours, as only the order counts."""
    past = second - _START
    days, seconds = divmod(past + 5 * 3600, 86400)
    return f"2026-11-{days % 28 + 1:02} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def plain(record: Record) -> str:
    """Lines as oslo.log's ContextFormatter prints them with its default format strings."""
    prefix = f"{record.second}.{record.time % 1000:03} {record.pid} "
    words = " ".join(record.context) or "-"
    head = f"{prefix}{record.level} {record.logger} [{words}] {record.message}"
    if not record.summary:
        return head + "\n"
    before = f"{prefix}ERROR {record.logger} "
    if record.message.startswith(_INSTANCE):
        before += record.message[: record.message.index("]") + 2]
    printed = f"{record.trace}{record.summary}\n".split("\n")
    return f"{head}: {record.summary}\n{before}" + f"\n{before}".join(printed) + "\n"


def cri(record: Record) -> str:
    """The same as containerd writes it under /var/log/pods."""
    stamp = f"{record.second[:10]}T{record.second[11:]}.{record.time % 1000:03}418377Z stdout F "
    return stamp + plain(record)[:-1].replace("\n", "\n" + stamp) + "\n"


_CONTEXT = "global_request_id request_id user project domain system_scope user_domain project_domain".split()


def as_json(record: Record) -> str:
    """One line of oslo.log's JSONFormatter."""
    context = {name: None if word in ("-", "None") else word for name, word in zip(_CONTEXT, record.context, strict=False)}
    message, extra = record.message, {"project": "nova", "version": "unknown"}
    if message.startswith(_INSTANCE):
        instance, message = message.split("] ", 1)
        extra["instance"] = instance + "] "
    out = {
        "message": message, "asctime": record.second, "name": record.logger, "msg": message, "args": [],
        "levelname": record.level, "levelno": 20, "pathname": "/usr/lib/python3/dist-packages/nova/wsgi.py",
        "filename": "wsgi.py", "module": "wsgi", "lineno": 82, "funcname": "run", "created": record.time / 1000,
        "msecs": record.time % 1000, "relative_created": 3500.5, "thread": 139870221, "thread_name": "MainThread",
        "process_name": "MainProcess", "process": record.pid, "hostname": "cmp1",
        "traceback": record.trace + record.summary + "\n" if record.summary else None,
        "error_summary": record.summary, "context": context, "extra": extra,
    }  # fmt: skip
    return json.dumps(out) + "\n"


FORMS: dict[str, Callable[[Record], str]] = {"plain": plain, "cri": cri, "json": as_json}


def write(path: Path, size: int, form: str) -> Written:
    """Write records until there are `size` bytes or a few more."""
    render, written, lines, events, in_traces = FORMS[form], 0, 0, 0, 0
    filled: list[str] = []
    waiting = 0
    with path.open("w", encoding="utf-8") as file:
        for record in Workers().records():
            text = render(record)
            filled.append(text)
            waiting += len(text)
            lines += text.count("\n")
            events += 1
            if record.summary:
                in_traces += record.trace.count("\n") + record.summary.count("\n") + 2
            if waiting >= _FILL or written + waiting >= size:
                file.write("".join(filled))
                filled.clear()
                written, waiting = written + waiting, 0
                if written >= size:
                    break
    return Written(path, form, written, lines, events, in_traces)
