"""Our side as a process that can be killed: takes lines, writes `<id> <line>` to a file, and only then says that they are safe.

python -m tests.collectors.forward.normalizer LISTEN FILE
"""

import sys
from pathlib import Path

from collectors.forward.settings import ForwardInput
from tests.collectors.forward.driving import driver


def main(listen: str, written: Path) -> None:
    """For ever."""
    one = driver(ForwardInput(listen=listen), run=f"{written.stat().st_size if written.exists() else 0}")
    one.commit = False
    with written.open("ab") as file:
        while True:
            one.step(0.1)
            file.writelines(b"%b %b" % (uid.encode(), line) for uid, line in one.uids)
            file.flush()
            one.uids.clear()
            one.chunks.clear()
            one.texts.clear()
            one.make_safe()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
