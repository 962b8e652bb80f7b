"""Processes that hang in the ways in which services do: each says `ready` and is then stuck until it is killed.

with patient("gil", tmp_path) as process:
    process.pid
"""

import contextlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from probes.model import Process as Seen
from probes.model import Profile
from probes.proc.processes import process as seen
from tests.servers.process import Process

PROC = Path("/proc")

_WAYS = {
    # a driver that waits for a lock and does not let go of the interpreter: no Python code runs, no signal handler either
    "gil": """
        import ctypes
        lock, library = ctypes.create_string_buffer(256), ctypes.PyDLL(None)
        def driver_call():
            library.pthread_mutex_lock(lock)
            library.pthread_mutex_lock(lock)
        said()
        driver_call()
    """,
    "gil_handled": """
        import ctypes, signal
        signal.signal(signal.SIGUSR2, lambda *_: print("Guru Meditation"))
        lock, library = ctypes.create_string_buffer(256), ctypes.PyDLL(None)
        def driver_call():
            library.pthread_mutex_lock(lock)
            library.pthread_mutex_lock(lock)
        said()
        driver_call()
    """,
    # one green thread that calls C: the hub does not come round to the others
    "hub": """
        import ctypes, eventlet
        def blocking_call():
            said()
            ctypes.CDLL(None).usleep(600_000_000)
        eventlet.spawn(blocking_call)
        eventlet.sleep(600)
    """,
    "spin": """
        def turning():
            while True:
                pass
        said()
        turning()
    """,
    "moving": """
        import time
        def one(): time.sleep(0.005)
        def other(): time.sleep(0.005)
        said()
        while True:
            one()
            other()
    """,
    "idle": """
        import time
        said()
        while True: time.sleep(0.01)
    """,
    "ignoring": """
        import signal, time
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        said()
        while True: time.sleep(0.01)
    """,
    "blocking": """
        import signal, time
        signal.signal(signal.SIGUSR2, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        said()
        while True: time.sleep(0.01)
    """,
    # oslo.reports itself, set up as a service of OpenStack does; its report goes to standard error, or where argv says
    "reports": """
        import sys, time
        from oslo_config import cfg
        from oslo_reports import guru_meditation_report as gmr, opts
        conf = cfg.CONF
        opts.set_defaults(conf)
        conf.register_opts([cfg.StrOpt("transport_url", default="rabbit://nova:geheim@10.0.0.1:5672/")])
        conf([], default_config_files=sys.argv[1:])
        class Version:
            def vendor_string(self): return "test"
            def product_string(self): return "test"
            def version_string_with_package(self): return "1"
        gmr.TextGuruMeditation.setup_autorun(Version(), "test", conf=conf)
        said()
        while True: time.sleep(0.01)
    """,
}
_SAID = 'def said():\n    print("ready", flush=True)\n'


@contextlib.contextmanager
def patient(way: str, folder: Path, *arguments: str) -> Iterator[Process]:
    """A process that hangs in this way by now; its output is in `folder/WAY.log`."""
    program = folder / f"{way}.py"
    program.write_text(_SAID + textwrap.dedent(_WAYS[way]))
    log = folder / f"{way}.log"
    with Process([sys.executable, program, *arguments], log) as process:
        process.wait_until(lambda: "ready" in log.read_text(errors="replace"), f"{way} is ready")
        yield process


def of(process: Process) -> Seen:
    """As the sidecar sees it."""
    return seen(PROC, process.pid)


def profile(report_signal: str = "SIGUSR2", name: str = "nova-compute") -> Profile:
    """One that says how to get a report, and nothing else."""
    return Profile(name, name, (), (), start_seconds=1.0, grace_seconds=60.0, report_signal=report_signal)
