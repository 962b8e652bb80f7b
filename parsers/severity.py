"""One table from the severity words of every format to OpenTelemetry's severity numbers.

The ranges are the log data model's (1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal;
https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber). Numeric levels are mapped as the
OpenTelemetry SDK for Python does it. One point differs from the data model's example for syslog: there `critical` is 18, but
Python's CRITICAL is 21, and a word has one number here; so `alert` and `emergency`, which stand above it, get 22 and 24.
"""

import re
from functools import lru_cache

TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, FATAL, ALERT, EMERGENCY = 1, 5, 9, 10, 13, 17, 21, 22, 24

_WORDS: dict[str, int] = {
    word: number
    for number, words in {
        TRACE: "trace trc t finest",
        # verbose: redis; dbug: RabbitMQ's four-letter levels
        DEBUG: "debug dbg dbug d verbose",
        # note: MariaDB's word for its information level
        INFO: "info inf information informational i note",
        # audit: oslo's level 21; system: MySQL 8, printed whatever the verbosity
        NOTICE: "notice ntc noti notc n audit system",
        WARN: "warning warn wrn w",
        ERROR: "error err erro e severe",
        FATAL: "critical crit crt c fatal f panic dpanic",
        ALERT: "alert alrt alt",
        EMERGENCY: "emergency emerg emer emgc emg",
    }.items()
    for word in words.split()
}
"""Lower-case word -> number: oslo, syslog, vlog, Erlang's full, three- and four-letter names, MySQL, libvirt, zap, and the
letters of klog, glog and capnslog."""

_LONGEST = 40
"""No severity word is longer, and no longer text is kept."""

_NUMERIC = re.compile(r"(?:level )?([0-9]{1,3})", re.IGNORECASE | re.ASCII)
"""`Level 25` is how Python's logging names a level nobody named."""


def number_of(text: str | None) -> int | None:
    """The OpenTelemetry number (1-24) of a severity word in any case, None for no word or an unknown one."""
    if not text or len(text) > _LONGEST:
        return None
    return _number_of(text)


@lru_cache(maxsize=512)
def _number_of(text: str) -> int | None:
    word = text.strip().lower()
    known = _WORDS.get(word)
    if known is not None:
        return known
    numeric = _NUMERIC.fullmatch(word)
    return _of_level(int(numeric[1])) if numeric else None


def _of_level(level: int) -> int:
    """Python's level numbers: each ten is one range, and what lies between moves up inside it (`Level 21` -> 10)."""
    if level < 10:
        return TRACE
    tens, ones = divmod(min(level, 53), 10)
    return 4 * tens + 1 + min(ones, 3)
