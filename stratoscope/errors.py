"""What ends a command: one line for a person, and the exit code."""

OK = 0
NOTHING_MATCHED = 1
FAILED = 2
"""Wrong usage, or input that could not be read."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


class StratoscopeError(Exception):
    """The command cannot go on. The text says what is wrong, where, and what to do; the exit code is `FAILED`."""
