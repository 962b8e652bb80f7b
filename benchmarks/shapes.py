"""What the services of a generated log say: shapes of real messages of a cloud, their variable parts marked `@name@`.

They stand in messages/ and tracebacks/, read off the logs of nova, neutron, cinder, glance, keystone and placement. `values`
tells what the marks become.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_MARK = re.compile(r"@([a-z]+)@")
_HEX = re.compile(r"(.{8})(.{4})(.{4})(.{4})(.{12})")

Values = dict[str, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with marks: pieces of it, and the names of the marks between them."""

    pieces: tuple[str, ...]
    names: tuple[str, ...]

    def __call__(self, values: Values) -> str:
        """The text with new values."""
        out = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            out += values[name](), piece
        return "".join(out)


@dataclass(frozen=True, slots=True)
class Shape:
    """What one place of a service logs. `trace` is a printed traceback up to its last exception, which is `summary`."""

    level: str
    logger: str
    message: Text
    trace: str = ""
    summary: Text = Text(("",), ())


def shapes(level: str, table: str) -> list[Shape]:
    """Shapes of a file of `logger message` lines."""
    rows = (line.partition(" ") for line in (_HERE / f"messages/{table}.txt").read_text().splitlines())
    return [Shape(level, logger, _text(message)) for logger, _, message in rows]


def traced() -> list[Shape]:
    """Shapes with a traceback, of files `LEVEL logger message`, `%%`, the traceback up to its last exception, `%%`, that."""
    found = []
    for path in sorted((_HERE / "tracebacks").glob("*.txt")):
        head, trace, summary = path.read_text().split("%%\n")
        level, logger, message = head.rstrip("\n").split(" ", 2)
        found.append(Shape(level, logger, _text(message), trace, _text(summary.rstrip("\n"))))
    return found


def values(chance: random.Random) -> Values:
    """What each mark becomes."""
    return {
        "uuid": lambda: _HEX.sub(r"\1-\2-\3-\4-\5", f"{chance.getrandbits(128):032x}"),
        "hex": lambda: f"{chance.getrandbits(128):032x}",
        "ip": lambda: f"10.{chance.getrandbits(3)}.{chance.getrandbits(4)}.{chance.getrandbits(7) + 1}",
        "n": lambda: str(chance.getrandbits(6) + 10),
        "num": lambda: str(chance.getrandbits(15) + 1000),
    }


def _text(text: str) -> Text:
    parts = _MARK.split(text)
    return Text(tuple(parts[::2]), tuple(parts[1::2]))
