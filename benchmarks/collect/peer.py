"""A far side that acknowledges, and remembers when each line was written: `python -m benchmarks.collect.peer SOCKET`.

It speaks the forward protocol. On SIGTERM it prints one JSON object: lines, and the delays in milliseconds at some ranks.
"""

import json
import re
import select
import signal
import sys
import time

from collectors.forward.server import ForwardSource
from collectors.forward.settings import ForwardInput
from collectors.model import Position

WRITTEN = re.compile(rb"written at (\d+)")
"""What a line says of itself: nanoseconds since 1970."""
RANKS = (50, 99)


def main(listen: str) -> None:
    """Until SIGTERM."""
    delays: list[int] = []
    ended: list[int] = []
    rests: dict[str, bytes] = {}  # a chunk may end in the middle of a line
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    source = ForwardSource(ForwardInput(listen=f"unix:{listen}"), lambda problem: sys.stderr.write(f"{problem}\n"))
    while not ended:
        select.select(source.streams(), [], [], 0.2)
        for chunk in source.poll():
            now = time.time_ns()
            lines, newline, rests[chunk.identity] = (rests.get(chunk.identity, b"") + chunk.data).rpartition(b"\n")
            delays += [now - int(number) for number in WRITTEN.findall(lines + newline)]
            end = Position(chunk.offset + len(chunk.data), chunk.line + chunk.data.count(b"\n"), chunk.path)
            source.commit({chunk.identity: end})
    source.close()
    delays.sort()
    ranks = {f"p{rank}": delays[len(delays) * rank // 100] / 1e6 for rank in RANKS} if delays else {}
    sys.stdout.write(json.dumps({"lines": len(delays), **ranks}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
