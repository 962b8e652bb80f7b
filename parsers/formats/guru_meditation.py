"""The Guru Meditation Report of oslo.reports: the stacks of all threads, and the settings in force, on standard error.

    ========================================================================
    ====                        Guru Meditation                         ====
    ========================================================================
    ||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||

then sections under the same kind of title: Package, Threads, Green Threads, Processes, Configuration, and those that
a service adds. It was asked for by a signal or by touching a file, and says nothing about an error: severity INFO.

Known limitations
    The report has no last line. It ends with the first line that cannot stand in its section; of an indented line after
    the settings, and of a setting's value that has several lines, this is not told rightly.
    A rule after the settings begins the next report, so a section that a service adds there becomes a record of its own;
    and a report that was cut before its settings takes in the next one.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from parsers.formats.base import Format, joined
from parsers.model import Fields, Record, decode

SEVERITY_INFO = 9

_RULE = b"=" * 72
_TITLE = re.compile(rb"(?=.{72}\Z)==== +(\S.*?) +====\Z")
_SETTINGS = b"Configuration"

_OUTSIDE_SETTINGS = re.compile(
    rb"\s"  # source lines, child processes
    rb"|\|{72}\Z"
    rb"|-{6} .* -{6}\Z"
    rb"|No Traceback!\Z"
    rb"|\S.*:[0-9]+ in \S"  # /usr/lib/python3/dist-packages/nova/service.py:492 in wait
    rb"|[\w.-]+ = "  # product = OpenStack Nova
    rb"|[\w.-]+ =\Z"
    rb"|Process [0-9]+ \(under "
    rb"|\Z"
)
_IN_SETTINGS = re.compile(rb"  |[\w.-]+: ?\Z|\Z")  # `  key = value`, `group: `

_PACKAGE = re.compile(r"^(product|vendor|version) = (?!None$)(\S.*)$", re.MULTILINE)
_PACKAGE_END = 4096
"""The Package section is the first; its lines may look like those of any other."""

_THREAD = re.compile(r"^------ +Thread #\d+ +------$", re.MULTILINE)
_GREEN_THREAD = re.compile(r"^------ +Green Thread +------$", re.MULTILINE)


@dataclass(slots=True)
class _Place:
    """The title of the section that is being read, b"" before the first."""

    section: bytes = b""


class _GuruMeditation(Format):
    """One report, hundreds to thousands of lines."""

    name = "oslo.gmr"
    starts = b"="
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"={72}\Z")

    def begin(self, line: bytes) -> _Place:  # noqa: ARG002  all reports begin alike
        return _Place()

    def claims(self, record: Record, line: bytes) -> bool:
        """The rules around a section's title, up to the settings, which are the last section."""
        place: _Place = record.state
        below_title = _TITLE.match(record.lines[-1].data) is not None
        return line == _RULE and (below_title or place.section not in {b"", _SETTINGS})

    def continues(self, record: Record, line: bytes) -> bool:
        place: _Place = record.state
        title = _TITLE.match(line)
        if title is not None:
            place.section = title[1]
            return record.lines[-1].data == _RULE
        if place.section == b"":
            return False
        shape = _IN_SETTINGS if place.section == _SETTINGS else _OUTSIDE_SETTINGS
        return shape.match(line) is not None or self.claims(record, line)

    def fields(self, record: Record) -> Fields:
        text = decode(joined(record.lines))
        counts = {"threads": len(_THREAD.findall(text)), "green_threads": len(_GREEN_THREAD.findall(text))}
        package = {name: value.rstrip() for name, value in _PACKAGE.findall(text[:_PACKAGE_END])}
        attributes = {f"guru_meditation.{name}": value for name, value in (package | counts).items()}
        return Fields(body=_body(package, counts), severity_number=SEVERITY_INFO, attributes=attributes)


def _body(package: dict[str, str], counts: dict[str, int]) -> str:
    of = " ".join(package[name] for name in ("product", "version") if name in package)
    stacks = f"threads {counts['threads']}, green threads {counts['green_threads']}"
    return f"Guru Meditation Report{' of ' if of else ''}{of}: {stacks}"


GURU_MEDITATION = _GuruMeditation()
