"""Runs py-spy, the one program that is run here: it reads another interpreter's frames, which no library does.

Its output has a bound, its time too, and a process that cannot even be killed (state D) is left behind.
"""

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.model import Deadline, TimedOutError

_CHUNK = 1 << 16
_REAPING = 1.0
"""Seconds that a killed process is waited for."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program wrote and how it ended. `cut`: there was more than the bound."""

    code: int
    out: bytes
    error: str
    cut: bool = False


def py_spy() -> str:
    """The program as it was installed with us, or by its name."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else "py-spy"


def run(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
    """Run it to its end. Raises TimedOutError, and OSError where it cannot be started."""
    process = subprocess.Popen(  # noqa: S603  a literal command of ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    ends = [end for end in (process.stdout, process.stderr) if end is not None]
    taken = {end.fileno(): bytearray() for end in ends}
    try:
        cut = _read(taken, deadline, limit, command[0])
        if cut:
            process.kill()
        code = process.wait(deadline.left(command[0]))
    except subprocess.TimeoutExpired as expired:
        raise TimedOutError(f"{command[0]}: does not end") from expired
    finally:
        _let_go(process)
    out, error = taken.values()
    return Output(code, bytes(out), error.decode("utf-8", "replace"), cut)


def _read(taken: dict[int, bytearray], deadline: Deadline, limit: int, what: str) -> bool:
    """Fill `taken` until all ends have closed; whether the bound was met before."""
    poll, left = select.poll(), len(taken)
    for descriptor in taken:
        poll.register(descriptor, select.POLLIN)
    while left:
        for descriptor, _ in poll.poll(1000 * deadline.left(what)):
            piece = os.read(descriptor, _CHUNK)
            if not piece:
                poll.unregister(descriptor)
                left -= 1
            taken[descriptor] += piece
            if len(taken[descriptor]) > limit:
                del taken[descriptor][limit:]
                return True
    return False


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    """Nothing of it is left, unless the kernel itself holds it."""
    if process.poll() is None:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_REAPING)
    for end in (process.stdout, process.stderr):
        if end is not None:
            end.close()
