"""`stratoscope run` with the exporter and the probe of the tests: settings, and a process that has them."""

import sys
from functools import partial
from pathlib import Path

from stratoscope.errors import FAILED, StratoscopeError
from stratoscope.run.settings import Loaded, settings_at, settings_in
from stratoscope.run.work import Settings
from stratoscope.run_command import run
from stratoscope.settings.document import read
from tests.stratoscope.export.made import TABLE
from tests.stratoscope.made import LineParser
from tests.stratoscope.probe.made import catalogue, service


def text(folder: Path, port: int, *, mode: str = "observe", more: str = "") -> str:
    """A file with a target that listens on a port, and a service whose checks do as the files in `folder` say."""
    target = f"exporters:\n  lines:\n    - {{name: a, address: '127.0.0.1:{port}'}}\n"
    return f"{target}policy: {{mode: {mode}}}\nservices:\n{service(folder)}{more}"


def loaded(written: str, folder: Path = Path("/etc")) -> Loaded:
    return settings_in(read(written.encode()), folder / "run.yaml", TABLE, catalogue(), {})


def main(path: str, config: str, store: str) -> int:
    """A `run` of a file; empty: of none."""
    again = partial(settings_at, Path(config), TABLE, catalogue())
    try:
        first = again()
        settings = Settings(
            (path,) if path else (), Path(store), first.settings.listen, True, 1 << 30, colour=False, beside=True
        )
        return run(settings, lambda chunk: LineParser(chunk.offset, chunk.line), sys.stdout, first, again)
    except StratoscopeError as error:
        sys.stderr.write(f"stratoscope run: {error}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
