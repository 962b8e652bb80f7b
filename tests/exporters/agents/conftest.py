"""Says out loud when no real cloud was looked at."""

import os

import pytest

OPENRC = "STRATOSCOPE_TEST_OPENRC"
"""The environment variable that names the openrc of a real cloud; it is only looked at."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if OPENRC in os.environ:
        terminalreporter.write_line(f"{OPENRC}: the cloud of {os.environ[OPENRC]} was looked at as well")
    else:
        terminalreporter.section("LEFT OUT", yellow=True)
        terminalreporter.write_line(
            f"{OPENRC} is not set: the agents exporter was tried on recorded answers only, not on a real OpenStack."
            " Set it to an openrc of one (its APIs are read, nothing is changed).",
            yellow=True,
        )
