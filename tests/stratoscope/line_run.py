"""`stratoscope run` with the made-up parser: PATH STORE [LISTEN]; without LISTEN it does not follow."""

import sys
from pathlib import Path

from stratoscope.errors import FAILED, StratoscopeError
from stratoscope.run.work import Settings
from stratoscope.run_command import run
from tests.stratoscope.made import LineParser

if __name__ == "__main__":
    path, store, *listen = sys.argv[1:]
    settings = Settings((path,), Path(store), (*listen, "")[0], bool(listen), 1 << 30, colour=False)
    try:
        sys.exit(run(settings, lambda chunk: LineParser(chunk.offset, chunk.line), sys.stdout))
    except StratoscopeError as error:
        sys.stderr.write(f"stratoscope run: {error}\n")
        sys.exit(FAILED)
