"""Pressure stall information: `/proc/pressure/{cpu,io,memory}`, and the files of the same shape in a control group. Pure.

Shares of time, in percent, in which some (or all) tasks had to wait for the resource.
"""

import re
from dataclasses import dataclass

_LINE = re.compile(
    rb"^(some|full) avg10=(\d{1,3}\.\d{1,4}) avg60=(\d{1,3}\.\d{1,4}) avg300=(\d{1,3}\.\d{1,4}) total=(\d{1,20})$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pressure:
    """One line. `avg10`, `avg60`, `avg300`: percent over so many seconds; `total`: seconds since boot."""

    avg10: float
    avg60: float
    avg300: float
    total: float


def pressure(data: bytes) -> dict[str, Pressure]:
    """The lines by `some` and `full`; empty where the kernel was built or started without it (psi=0)."""
    return {
        found[1].decode(): Pressure(float(found[2]), float(found[3]), float(found[4]), int(found[5]) / 1e6)
        for found in _LINE.finditer(data)
    }
