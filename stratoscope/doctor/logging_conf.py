"""What is wrong with a logging.conf of Python, told from its text: lines that nobody gets, and lines that come twice. Pure."""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """`kind`: null_root, doubled, no_date_format or unreadable; `what`: one line."""

    kind: str
    what: str


def troubles(content: str) -> Iterator[Trouble]:
    """What is wrong. Python reads such files with `logging.config.fileConfig`, which this follows."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content)
    except configparser.Error as error:
        first = str(error).splitlines()[0]
        yield Trouble("unreadable", f"Python cannot read it ({first[:120]})")
        return
    if not parser.has_section("logger_root"):
        return
    root = _listed(parser, "logger_root", "handlers")
    if not any(_writes(parser, one) for one in root):
        said = "root has no handler" if not root else f"root's handler is {', '.join(root)}, which drops everything"
        yield Trouble("null_root", f"{said}: lines of libraries (oslo.messaging, keystonemiddleware, SQLAlchemy) go nowhere")
    else:
        yield from _doubled(parser, set(root))
    yield from _dates(parser)


def _listed(parser: configparser.RawConfigParser, section: str, option: str) -> list[str]:
    """Names, parted by commas. Sections that no list names are not read."""
    return [one.strip() for one in parser.get(section, option, fallback="").split(",") if one.strip()]


def _writes(parser: configparser.RawConfigParser, handler: str) -> bool:
    kind = parser.get(f"handler_{handler}", "class", fallback="")
    return bool(kind) and kind.rpartition(".")[2] != "NullHandler"


def _doubled(parser: configparser.RawConfigParser, root: set[str]) -> Iterator[Trouble]:
    """A logger that hands its lines to a handler, and on to root, which has one that goes to the same place."""
    for key in _listed(parser, "loggers", "keys"):
        section = f"logger_{key}"
        if key == "root":
            continue
        writing = [one for one in _listed(parser, section, "handlers") if _writes(parser, one)]
        propagates = parser.get(section, "propagate", fallback="1").strip() != "0"
        places = {_place(parser, one) for one in root if _writes(parser, one)}
        if propagates and any(_place(parser, one) in places for one in writing):
            name = parser.get(section, "qualname", fallback=section.removeprefix("logger_"))
            yield Trouble("doubled", f"every line of {name} comes twice: from its own handler, and from root's")


def _place(parser: configparser.RawConfigParser, handler: str) -> tuple[str, str]:
    section = f"handler_{handler}"
    arguments = "".join(parser.get(section, "args", fallback="").split()).rstrip("),") + ")"
    return parser.get(section, "class", fallback="").rpartition(".")[2], arguments


def _dates(parser: configparser.RawConfigParser) -> Iterator[Trouble]:
    """Without a datefmt Python's own has milliseconds already: `2026-11-23 04:18:09,428.428`."""
    for key in _listed(parser, "formatters", "keys"):
        section = f"formatter_{key}"
        if parser.get(section, "class", fallback="").endswith("JSONFormatter"):
            continue
        if not parser.get(section, "datefmt", fallback="").strip() and "%(msecs)" in _formats(parser, section):
            yield Trouble("no_date_format", f"{section} has no datefmt, so times are written as 2026-11-23 04:18:09,428.428")


def _formats(parser: configparser.RawConfigParser, section: str) -> str:
    if parser.get(section, "class", fallback="").endswith("ContextFormatter"):
        return "%(msecs)"  # oslo.log's own format strings have it
    return parser.get(section, "format", fallback="")
