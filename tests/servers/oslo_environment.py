"""An environment with the oslo.messaging of an older release of OpenStack, made once under build/ from a lock file.

python -m tests.servers.oslo_environment     newest versions that fit into the lock file
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_UV = _ROOT / ".uv" / "bin" / "uv"
LOCK = Path(__file__).with_name("oslo-2024.1.lock")
WANTED = Path(__file__).with_name("oslo-2024.1.txt")


def oslo_2024_1() -> Path:
    """Its Python. Two processes of tests may ask at a time."""
    folder = _ROOT / "build" / "oslo-2024.1"
    stamp = folder / "stamp"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _uv("venv", "--allow-existing", "--python", sys.executable, str(folder))
            _uv("pip", "sync", "--python", str(folder), "--require-hashes", str(LOCK))
            stamp.write_text(wanted)
    return folder / "bin" / "python"


def lock() -> None:
    """Write the lock file anew. No index is named in it, as in those beside the Makefile."""
    options = "--generate-hashes", "--no-emit-index-url", "--no-header", "--universal", "--python-version", "3.11"
    _uv("pip", "compile", "-U", *options, str(WANTED), "-o", str(LOCK))


def _uv(*words: str) -> None:
    done = subprocess.run([str(_UV), *words, "-q"], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(words)}: {done.stderr}")


if __name__ == "__main__":
    lock()
