"""What the sidecar itself knows: the broker's view, the evidence, the last verdicts; and the end of the log files."""

import os
from collections.abc import Iterator
from pathlib import Path

from clients.model import Deadline
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Evidence, Verdict

_VERDICTS = 20


def views(occasion: Occasion, _settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """What others see of the service."""
    if not occasion.views:
        yield Entry("broker", "", "none of its checks asks others what they see of it")
    for name, view in occasion.views.items():
        yield Entry("broker", name, "\n".join(f"{key}: {value}" for key, value in view.items()), view)


def evidence(occasion: Occasion, _settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """The verdict, what it rests on, and those before it."""
    if occasion.verdict is None:
        yield Entry("evidence", "", "there is no verdict yet")
        return
    pieces = [_piece(piece) for piece in occasion.evidence()]
    text = "\n".join(f"{piece['check']}: {piece['finding']} {piece['about']} {piece['text']}" for piece in pieces)
    yield Entry("evidence", "the last of each check", text, {"evidence": pieces})
    verdicts = [_verdict(verdict) for verdict in (*occasion.recent[-_VERDICTS:], occasion.verdict)]
    text = "\n".join(f"{verdict['at']:.1f} {verdict['state']} {verdict['reason']}" for verdict in verdicts)
    yield Entry("evidence", "verdicts, the last one last", text, {"verdicts": verdicts})


def logs(occasion: Occasion, settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """The end of each log file."""
    if not occasion.log_files:
        yield Entry("log", "", "no log file is known; name them under log_files, and mount their folder")
    for path in occasion.log_files:
        try:
            size, data = tail(path, settings.log_tail)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            yield Entry("log", str(path), lost=f"{path}: {reason}; mount its folder, with a user id that may read it")
        else:
            yield Entry("log", f"{path}, the last {len(data)} of {size} bytes", data.decode("utf-8", "backslashreplace"))


def tail(path: Path, limit: int) -> tuple[int, bytes]:
    """Size, and the last whole lines within `limit` bytes. Raises OSError, for a pipe too."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123  it is open already
        size = os.fstat(descriptor).st_size
        start = max(0, size - limit)
        file.seek(start)
        data = file.read(limit)
    if start and b"\n" in data:
        data = data[data.index(b"\n") + 1 :]
    return size, data


def _piece(piece: Evidence) -> dict[str, object]:
    told: dict[str, object] = {"check": piece.check, "finding": piece.finding.value, "about": piece.about, "at": piece.at}
    return told | {"seconds": piece.seconds, "text": piece.text, "figures": dict(piece.figures)}


def _verdict(verdict: Verdict) -> dict[str, object]:
    proofs = {proof.value: since for proof, since in verdict.proofs.items()}
    told: dict[str, object] = {"state": verdict.state.value, "at": verdict.at, "since": verdict.since, "proofs": proofs}
    return told | {"reason": verdict.reason, "ready": verdict.ready, "started": verdict.started}
