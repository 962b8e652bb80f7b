r"""RabbitMQ: the text of 3.9 and later, lager's of 3.8 and earlier, JSON, and the start banner.

From 3.9 on every line of a message repeats the prefix with the same time and process, so the prefix is the key: in a real log
of 5,223 messages no two share it. Sources: `rabbit_logger_text_fmt.erl`, `rabbit_logger_fmt_helpers.erl` (3.9 to 4.0).

The banner goes to standard output without a newline after its last words, so what is logged next stands on the same line:
`  Starting broker...{"time":"2026-11-23 05:11:59.657123+00:00","level":"info","msg":"\n node           : a@localhost`.
"""

import json
import re
from typing import Any, ClassVar

from parsers.formats.base import Format, joined
from parsers.formats.headed import CLOCK, DIGITS, INDENTED, Headed, present, word
from parsers.model import Fields, Line, Quality, Record, decode
from parsers.timestamps import from_epoch

_BANNER = rb"(?:  Starting broker\.\.\.)?"
_LEVEL_AND_PROCESS = rb" \[(?P<level>[A-Za-z]{3,9})\] (?P<pid><[0-9]{1,10}\.[0-9]{1,10}\.[0-9]{1,10}>)) ?(?P<text>.*)"
_SECONDS = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]" + CLOCK


class _Text(Headed):
    """3.9 and later: `time_format` rfc3339_space, rfc3339_T, epoch_secs or epoch_usecs, any `level_format`."""

    name = "rabbitmq.text"
    starts = DIGITS + b" "
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _BANNER
        + rb"(?P<prefix>(?P<time>"
        + _SECONDS
        + rb"\.[0-9]{6}(?:[+-][0-9]{2}:[0-9]{2}|Z)|[0-9]{16}|[0-9]{10}\.[0-9]{6})"
        + _LEVEL_AND_PROCESS
    )

    def begin(self, line: bytes) -> bytes:
        """The prefix that the further lines of the message repeat."""
        head = self.pattern.match(line)
        return b"" if head is None else head["prefix"]

    def claims(self, record: Record, line: bytes) -> bool:
        return line.startswith(record.state)

    def message(self, head: re.Match[bytes], rest: list[Line]) -> str:
        prefix: bytes = head["prefix"]
        lines = [head["text"], *(line.data.removeprefix(prefix).removeprefix(b" ") for line in rest)]
        return decode(b"\n".join(lines)).strip("\n").rstrip()

    def read(self, head: re.Match[bytes]) -> Fields:
        time = decode(head["time"])
        return Fields(
            time=from_epoch(time) or time,
            severity_text=word(head, "level"),
            attributes=present(erlang__pid=word(head, "pid")),
            resource={"service.name": "rabbitmq"},
        )


class _Lager(_Text):
    """3.8 and earlier (further lines bare), and `time_format = lager_default` of later ones (further lines prefixed).

    A millisecond is too coarse a key, as a process often logs twice in one. So a line with the same prefix only belongs to
    the message if it cannot be a message of its own: it is empty or indented, or the line before announces it by a colon.
    """

    name = "rabbitmq.lager"
    more = re.compile(rb"[ \t]|\*\* |=+$|BOOT FAILED$|ERROR: |Error description:|Log file\(s\)|Stack trace:")
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _BANNER + rb"(?P<prefix>(?P<time>" + _SECONDS + rb"\.[0-9]{3})" + _LEVEL_AND_PROCESS
    )

    def claims(self, record: Record, line: bytes) -> bool:
        if not line.startswith(record.state):
            return False
        announced = record.lines[-1].data.rstrip().endswith(b":")
        text = line[len(record.state) + 1 :]
        return announced or not text or INDENTED.match(text) is not None


class _Json(Format):
    """`log.console.formatter = json`; each message is one line."""

    name = "rabbitmq.json"
    starts = b"{ "
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _BANNER + rb'(?P<object>\{"time":(?:"(?P<time>[^"]{10,40})"|(?P<epoch>[0-9]{10}(?:[0-9]{6}|\.[0-9]{1,6})?)),'
        rb'"level":"(?P<level>[a-z]{3,9})",".*)'
    )

    def fields(self, record: Record) -> Fields:
        head = self.pattern.match(record.lines[0].data)
        values = _object(head["object"]) if head else None
        if head is None or values is None:
            record.quality.add(Quality.TRUNCATED)
            return Fields(body=decode(record.lines[0].data), resource={"service.name": "rabbitmq"})
        return Fields(
            body=str(values.get("msg", "")).strip("\n").rstrip(),
            time=word(head, "time") or from_epoch(word(head, "epoch") or ""),
            severity_text=word(head, "level"),
            attributes=_attributes(values),
            resource={"service.name": "rabbitmq"},
        )


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _attributes(values: dict[str, Any]) -> dict[str, object]:
    """`mfa` is `["rabbit", "start_it", 1]`: module, function, number of arguments."""
    mfa = values.get("mfa")
    function = f"{mfa[0]}:{mfa[1]}/{mfa[2]}" if isinstance(mfa, list) and len(mfa) == 3 else None
    return present(
        log__logger=values.get("domain"),
        erlang__pid=values.get("pid"),
        code__file__path=values.get("file"),
        code__line__number=values.get("line"),
        code__function__name=function,
    )


class _Banner(Format):
    """What the broker prints at its start: version, links, log and configuration files, and how many plugins it started."""

    name = "rabbitmq.banner"
    starts = b" "
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"  ##  ##      RabbitMQ [0-9]|  Starting broker\.\.\.(?: completed with [0-9]+ plugins\.)?$"
        rb"| completed with [0-9]+ plugins\.$"
    )

    def continues(self, record: Record, line: bytes) -> bool:
        """The rest of the banner is indented by two, and nothing follows its last line."""
        first, last = record.lines[0].data, record.lines[-1].data
        return first.startswith(b"  ##") and line.startswith(b"  ") and not last.startswith(b"  Starting broker")

    def fields(self, record: Record) -> Fields:
        return Fields(body=decode(joined(record.lines)).strip("\n"), resource={"service.name": "rabbitmq"})


RABBITMQ_TEXT = _Text()
RABBITMQ_LAGER = _Lager()
RABBITMQ_JSON = _Json()
RABBITMQ_BANNER = _Banner()
