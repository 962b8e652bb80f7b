"""What threads have freed goes back to the system."""

import subprocess
import sys

SCRIPT = """
import sys, threading
from pathlib import Path
from stratoscope import own_memory

def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) >> 10

def work():
    for _ in range(3):
        bytearray(b"x") * (24 << 20)
        [bytes([number]) * 200_000 for number in range(100)]
    done.release()
    ended.wait()

if sys.argv[1] == "give_back":
    own_memory.give_back()
before = resident()
done, ended = threading.Semaphore(0), threading.Event()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
    done.acquire()
print(resident() - before)
ended.set()
"""


def kept(how: str) -> int:
    """Megabytes that a process with four threads keeps when all is freed."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, timeout=60, check=True)
    return int(done.stdout)


def test_it_goes_back_and_would_not_without() -> None:
    assert kept("give_back") < 20 < kept("keep")
