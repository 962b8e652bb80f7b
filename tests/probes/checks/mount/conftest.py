"""Says out loud when no hung mount could be tried."""

import pytest

from tests.servers.fuse import left_out

REASON = left_out()
collect_ignore = ["test_hung.py"] if REASON else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REASON:
        terminalreporter.section("LEFT OUT", yellow=True)
        terminalreporter.write_line(f"{REASON}. Run the tests as root on a machine that has it.", yellow=True)
