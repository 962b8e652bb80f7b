"""etcd: zap's JSON since 3.4, and capnslog before; Rook and older CoreOS software log by capnslog as well.

{"level":"warn","ts":"2023-08-18T02:47:25.111Z","caller":"etcdserver/util.go:166","msg":"apply request took too long",...}
2017-03-20 02:34:42.789265 I | mvcc: store.index: compact 6350
"""

import json
import re
from typing import Any, ClassVar

from parsers.formats.base import Format
from parsers.formats.headed import DIGITS, INDENTED, Headed, present, word
from parsers.model import Fields, Quality, Record, decode
from parsers.timestamps import from_epoch


class _Zap(Format):
    """Any program with zap's production encoder: `ts` is text or seconds since 1970. Unknown fields go into the body."""

    name = "etcd.json"
    starts = b"{"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb'\{"level":"(?P<level>[A-Za-z]{4,6})","ts":(?:"(?P<time>[^"]{10,40})"|(?P<seconds>[0-9]{10}(?:\.[0-9]{1,9})?)),"'
    )

    def fields(self, record: Record) -> Fields:
        text = record.lines[0].data
        head = self.pattern.match(text)
        try:
            values: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError):
            values = {}
        if head is None or not values:
            record.quality.add(Quality.TRUNCATED)
            return Fields(body=decode(text))
        fields = _fields(values)
        fields.severity_text = word(head, "level")
        fields.time = word(head, "time") or from_epoch(word(head, "seconds") or "")
        return fields


def _fields(values: dict[str, Any]) -> Fields:
    logger, message, stack = values.pop("logger", None), str(values.pop("msg", "")), values.pop("stacktrace", None)
    file, _, line = str(values.pop("caller", "")).rpartition(":")
    details = " ".join(f"{name}={_shown(value)}" for name, value in values.items() if name not in {"level", "ts"})
    return Fields(
        body=f"{message} {details}".rstrip(),
        attributes=present(
            log__logger=logger,
            code__file__path=file or None,
            code__line__number=int(line) if line.isdecimal() and len(line) < 10 else None,
            code__stacktrace=stack,
        ),
        resource={"service.name": "etcd"} if file.startswith(("etcd", "embed/etcd")) else {},
    )


def _shown(value: object) -> str:
    """A field's value as logfmt shows it."""
    return value if isinstance(value, str) and " " not in value else json.dumps(value, ensure_ascii=False)


class _Capnslog(Headed):
    """One letter for the level; N is notice, T trace and C critical."""

    name = "capnslog"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}) (?P<level>[CEWNIDT]) \| "
        rb"(?P<package>[A-Za-z0-9_./-]{1,60}): (?P<text>.*)"
    )
    more = INDENTED

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=word(head, "time"), severity_text=word(head, "level"), attributes=present(log__logger=word(head, "package"))
        )


ETCD_JSON = _Zap()
CAPNSLOG = _Capnslog()
