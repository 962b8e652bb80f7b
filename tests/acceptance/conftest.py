"""Says out loud when the comparison with a whole cloud's logs was left out."""

import os

import pytest

REAL_LOGS = "STRATOSCOPE_REAL_LOGS"
"""The environment variable that names a folder as `tests.acceptance.cloud` describes it."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REAL_LOGS in os.environ:
        terminalreporter.write_line(f"{REAL_LOGS}: also compared with the cloud's logs in {os.environ[REAL_LOGS]}")
    else:
        terminalreporter.section("LEFT OUT", yellow=True)
        terminalreporter.write_line(
            f"{REAL_LOGS} is not set: only the two services in tests/data/cloud were compared with their JSON records,"
            " not a whole cloud's logs. Set it to a folder of NAME.log, NAME.json, NAME.map.tsv (.xz or not).",
            yellow=True,
        )
