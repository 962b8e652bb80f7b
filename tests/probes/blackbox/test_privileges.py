"""Without the right to look into a process, a box says what it could not have and what would give it; the rest is there."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.probes.blackbox.patients import patient
from tests.servers.process import READY

_LOOKS = """
import json, sys
from pathlib import Path
from clients.model import Deadline
from probes.blackbox.model import Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.blackbox.steps import STEPS
from probes.model import Profile
from probes.proc.processes import process
profile = Profile("nova-compute", "", (), (), start_seconds=1.0, grace_seconds=1.0)
occasion = Occasion("nova-compute", profile, "silent", 0.0, (process(Path("/proc"), int(sys.argv[1])),))
had, lost = [], {}
for step in STEPS:
    for entry in step.gather(occasion, BlackBoxSettings(pause=0.0), Deadline.after(60.0)):
        if entry.lost:
            lost.setdefault(step.name, entry.lost)
        else:
            had.append(step.name)
print(json.dumps([had, lost]))
"""


def without_the_right(pid: int) -> tuple[set[str], dict[str, str]]:
    """Root gives the capability away; any other user looks at a process of root's, which he may not either."""
    give_away = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"] if os.geteuid() == 0 else []
    target = pid if os.geteuid() == 0 else 1
    command = [*give_away, sys.executable, "-c", _LOOKS, str(target)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=2 * READY)
    had, lost = json.loads(done.stdout)
    return set(had), lost


def test_the_privilege_is_named_and_all_that_needs_none_is_there(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        had, lost = without_the_right(process.pid)
        assert {"threads", "status", "sockets", "memory"} <= had
        assert "SYS_PTRACE" in lost["stacks"]
        assert "shareProcessNamespace" in lost["stacks"]
        assert "SYS_PTRACE" in lost["sockets"]
        assert "all of the same user are here" in lost["sockets"]
        assert "SYS_PTRACE" in lost["status"], "io is for the same user only"
        assert process.running()
