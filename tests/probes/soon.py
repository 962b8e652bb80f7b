"""A deadline that does not come."""

from clients.model import Deadline


def soon(seconds: float = 60.0) -> Deadline:
    """Counted from now, not from when the file of tests was read: the tests of a whole run take longer than any of them may."""
    return Deadline.after(seconds)
