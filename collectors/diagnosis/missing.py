"""Rules about records that were written and did not come: limits on their rate, holes in a sequence."""

import re
from collections.abc import Iterator

from collectors.diagnosis.model import Remembered, Sighting, View

_LIMITS = (
    # OVS and OVN, vlog.c: Dropped 119495 log messages in last 6 seconds (most recently, 0 seconds ago) due to excessive rate
    re.compile(r"Dropped (?P<count>[0-9]{1,15}) log messages in last "),
    # oslo.log, rate_limit.py: Logging rate limit: drop after 3 records/2 sec. It does not say how many.
    re.compile(r"Logging rate limit: drop after [0-9]"),
    # journald: Suppressed 41 messages from nova-compute.service
    re.compile(r"Suppressed (?P<count>[0-9]{1,15}) messages from "),
    # rsyslog: imuxsock lost 78 messages from pid 912 due to rate-limiting
    re.compile(r"lost (?P<count>[0-9]{1,15}) messages .{0,200}due to rate-limiting"),
    # the kernel: net_ratelimit: 25 callbacks suppressed
    re.compile(r"[a-z_]{1,60}: (?P<count>[0-9]{1,15}) callbacks suppressed"),
    # RabbitMQ 3.x: lager_error_logger_h dropped 52 messages in the last second that exceeded the limit of 50 messages/sec
    re.compile(r"dropped (?P<count>[0-9]{1,15}) messages in the last second that exceeded the limit"),
)
_HINTS = ("Dropped ", "rate limit", "uppressed", "rate-limiting", "dropped ")
_LONGEST = 1_000
"""Characters of a message in which such a line is looked for: it is one by itself."""


class Suppressed:
    """Whoever wrote the log says that it left records out because there were too many."""

    name = "records_suppressed"
    serious = True

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        body = view.body[:_LONGEST]
        if not any(hint in body for hint in _HINTS):
            return
        for limit in _LIMITS:
            found = limit.search(body)
            if found is not None:
                count = int(found.groupdict().get("count") or 1)
                text = (
                    "the writer of this log left records out as there were too many; raise its limit, or mend what it repeats"
                )
                yield Sighting(view.component, text, body, count)
                return


class SequenceGap:
    """Open vSwitch and OVN number the records of each thread; a number that was skipped is a record that did not come.

    A number that is not higher is a restart, or an old file read after a newer one: no gap. A destination with a level of
    its own skips numbers as well, as OVS counts what any of its destinations takes.
    """

    name = "sequence_gap"
    serious = True

    def __init__(self) -> None:
        self._last: Remembered[tuple[str, ...], int] = Remembered()

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        attributes = view.attributes
        number = attributes.get("ovs.sequence")
        if not isinstance(number, int) or isinstance(number, bool):
            return
        key = (view.stream, str(attributes.get("process.executable.name", "")), str(attributes.get("ovs.thread", "")))
        last = self._last.get(key)
        self._last[key] = number
        if last is not None and number > last + 1:
            missing = number - last - 1
            text = (
                f"records {last + 1} to {number - 1} of this stream did not come: lost on the way, or another destination of"
                " ovs-vswitchd has a lower level (ovs-appctl vlog/list)"
            )
            yield Sighting(view.component, text, view.body, missing)
