"""A process that pings, for a test that kills it: `python -m tests.probes.rpc.pinging CONFIG TOPIC HOST [TIMES]`.

Writes a line after each look; without TIMES it looks until it is killed.
"""

import itertools
import sys
from pathlib import Path

from clients.model import Deadline
from probes.checks.rpc import Settings, make
from probes.model import Context


def main(config: str, topic: str, host: str, times: str = "") -> None:
    check = make(Settings(topic, "nova"), Context("nova-compute", config_files=(Path(config),), host=host))
    for _ in range(int(times)) if times else itertools.count():
        finding = next(iter(check.look(Deadline.after(2)))).finding
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
