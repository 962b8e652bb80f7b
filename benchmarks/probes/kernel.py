"""`python -m benchmarks.probes.kernel`: what a look of each local check costs on a full node, beside the commands of others.

In one run and in turn: 3,000 processes, 2,000 TCP sockets, a service of 300 threads with a connection to a broker. CPU time is
that of this process and its children; the commands are those of kolla (`ss -ntp`) and RHOSO (`pgrep -r DRST -f`).
"""

import argparse
import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.probes.cost import Cost, cost
from clients.model import Deadline
from probes.checks import children, log, mount, process, sockets, threads
from probes.model import Check, Context
from probes.proc.finding import finder

_SERVICE = """
import os, socket, sys, threading, time
held = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
for _ in range(int(sys.argv[3])):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
time.sleep(1e6)
"""
_CROWD = """
import os, signal, sys
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        signal.pause()
print("ready", flush=True)
signal.pause()
"""
_NAME = "benchmarked-service"
_TIMEOUT = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probes.kernel", description=__doc__)
    parser.add_argument("--processes", type=int, default=3000)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=50)
    asked = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stratoscope-bench-")))
        stack.enter_context(_sockets(asked.sockets))
        port = stack.enter_context(_sockets(0))
        stack.enter_context(_running(_CROWD, str(asked.processes)))
        stack.enter_context(_running(_SERVICE, _NAME, str(port), str(asked.threads)))
        costs = {what: cost(done, asked.rounds) for what, done in _things(folder, port, stack)}
    _print(costs, asked)
    return 0


@contextlib.contextmanager
def _sockets(number: int) -> Iterator[int]:
    """A port with so many sockets at its connections, at both ends of which we are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, number + 1000)), hard))
    with contextlib.ExitStack() as held:
        listening = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=4096))
        for _ in range(number // 2):
            held.enter_context(socket.create_connection(listening.getsockname()))
            held.enter_context(listening.accept()[0])
        yield listening.getsockname()[1]


@contextlib.contextmanager
def _running(program: str, *words: str) -> Iterator[None]:
    """A Python program that says `ready`, and all that it has started."""
    command = [sys.executable, "-I", "-S", "-c", program, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as started:  # noqa: S603  ours, as written above
        try:
            if started.stdout is None or started.stdout.readline() != b"ready\n":
                raise RuntimeError(f"a program of the benchmark did not start: {words}")
            yield
        finally:
            os.killpg(started.pid, signal.SIGKILL)


def _things(folder: Path, port: int, stack: contextlib.ExitStack) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured, by name."""
    find = finder([_NAME])
    if len(find()) != 1:
        raise RuntimeError("the service of the benchmark was not found")
    context = Context("service", find)
    lines = folder / "x.log"
    lines.write_text("")
    yield "finding the service, all of /proc walked", lambda: len(finder([_NAME])())
    yield "finding it again", find
    for what, module, settings in (
        ("sockets", sockets, sockets.Settings((port,))),
        ("threads, still: all are read", threads, threads.Settings()),
        ("process", process, process.Settings()),
        ("log, 100 new lines", log, log.Settings(str(lines), r"rpc_loop - iteration:\d+")),
        ("children, 50 of dnsmasq, none to be found", children, children.Settings(state_path=_networks(folder, 50))),
        ("mount, with its child", mount, mount.Settings(folder)),
    ):
        yield what, _looks(module, settings, context, lines, stack)
    if ss := shutil.which("ss"):
        yield "ss -ntp (kolla's healthcheck_port)", _command(ss, "-ntp")
    if pgrep := shutil.which("pgrep"):
        yield "pgrep -r DRST -f (RHOSO)", _command(pgrep, "-r", "DRST", "-f", _NAME)


def _looks(
    module: ModuleType, settings: object, context: Context, lines: Path, stack: contextlib.ExitStack
) -> Callable[[], object]:
    check: Check = module.make(settings, context)
    stack.callback(check.close)

    def look() -> object:
        if module is log:
            with lines.open("a") as stream:
                stream.write("2026-11-27 02:00:00.000 7 INFO oslo.messaging [-] one line of a hundred of its kind\n" * 100)
        return list(check.look(Deadline.after(_TIMEOUT)))

    return look


def _networks(folder: Path, number: int) -> Path:
    for network in range(number):
        one = folder / "dhcp" / f"0f4dc2a1-93b5-4b0e-9c2e-{network:012d}"
        one.mkdir(parents=True)
        (one / "pid").write_text(f"{os.getpid()}\n")
    return folder


def _command(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, capture_output=True, check=False)  # noqa: S603  the two that are named above


def _print(costs: Mapping[str, Cost], asked: argparse.Namespace) -> None:
    node = (
        f"{asked.processes:,} processes, {asked.sockets:,} sockets, a service of {asked.threads} threads, {asked.rounds} rounds"
    )
    peers = {what.partition(" ")[0]: one for what, one in costs.items() if what.startswith(("ss ", "pgrep "))}
    out = [f"{node}\n", "| what | CPU | p50 | p99 | against ss -ntp | against pgrep |", "|---|---:|---:|---:|---:|---:|"]
    for what, one in costs.items():
        ratios = (_ratio(peers.get(peer), one) for peer in ("ss", "pgrep"))
        out.append(f"| {what} | {one.cpu:.2f} ms | {one.p50:.2f} ms | {one.p99:.2f} ms | {' | '.join(ratios)} |")
    out += [f"\n!!! {peer.upper()} WAS LEFT OUT: not on PATH !!!" for peer in ("ss", "pgrep") if peer not in peers]
    sys.stdout.write("\n".join(out) + "\n")


def _ratio(peer: Cost | None, cost: Cost) -> str:
    return "-" if peer is None or not cost.cpu else f"{peer.cpu / cost.cpu:.1f}x"


if __name__ == "__main__":
    sys.exit(main())
