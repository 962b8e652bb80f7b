"""Starts `collect` again and again without importing it anew: a fork of this process is the agent, and is killed as such.

On each line of standard input, the arguments of `stratoscope`, one agent is started; its pid is printed, and when it has
ended `PID STATUS`. So a round costs what the agent does, and the moments of `kill -9` fall into that and not into imports.
"""

import os
import sys

from stratoscope import cli, collect_command  # noqa: F401  what a start would import
from stratoscope.collect import wiring  # noqa: F401


def tell(text: str) -> None:
    """A line for whoever started us."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Until standard input ends."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(cli.main(line.split()))
        tell(f"{pid}")
        _, status = os.waitpid(pid, 0)
        tell(f"{pid} {status}")


if __name__ == "__main__":
    main()
