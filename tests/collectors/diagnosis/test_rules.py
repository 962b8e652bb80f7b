"""Each rule sees what it is for, in events that the parser made of real shapes of lines, and nothing else."""

import logging
import lzma
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.diagnosis.diagnosis import Diagnosis, rules
from collectors.diagnosis.model import MAX_KEYS
from parsers.model import Event
from parsers.parser import Parser
from stratoscope import samples

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def events(text: str) -> list[Event]:
    parser = Parser()
    return [*parser.feed(text.encode(), 0.0), *parser.close()]


def seen(of: list[Event]) -> dict[tuple[str, str], int]:
    diagnosis = Diagnosis()
    diagnosis.observe(of, 0.0)
    return diagnosis.findings()


def oslo(number: int, logger: str, message: str = "doing things", level: str = "INFO") -> str:
    at = NOON + timedelta(milliseconds=7 * number)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} 12 {level} {logger} [-] {message} {number}\n"


BROKEN = oslo(0, "nova.compute.manager", "lost: MessagingTimeout", "ERROR") + (
    "2026-11-23 12:00:00.000 12 ERROR nova.compute.manager Traceback (most recent call last):\n"
    '2026-11-23 12:00:00.000 12 ERROR nova.compute.manager   File "/x/nova/a.py", line 1, in f\n'
    "2026-11-23 12:00:00.000 12 ERROR nova.compute.manager amqp.exceptions.ConnectionForced: (320) CONNECTION_FORCED\n"
)


def test_a_root_logger_that_goes_nowhere_is_told_once_when_a_library_should_have_spoken() -> None:
    own = "".join(oslo(number, "nova.compute.manager") for number in range(1, 1500))
    assert seen(events(BROKEN + own)) == {("null_root_logger", "nova"): 1}


def test_without_trouble_it_takes_ten_times_the_records() -> None:
    own = [event for number in range(1, 2) for event in events(oslo(number, "nova.compute.manager"))]
    assert seen(own * 9_999) == {("records_doubled", "nova"): 249}  # the same event again and again is doubled indeed
    assert ("null_root_logger", "nova") in seen(own * 10_000)


def test_one_record_of_a_library_acquits_the_root_logger() -> None:
    own = "".join(oslo(number, "nova.compute.manager") for number in range(1, 1500))
    assert not seen(events(BROKEN + oslo(3, "oslo.messaging._drivers.impl_rabbit") + own))


def test_a_service_that_writes_each_record_twice_is_told() -> None:
    text = "".join(2 * oslo(number, "octavia.api.app") for number in range(50))
    assert seen(events(text)) == {("records_doubled", "octavia"): 2}
    assert not seen(events("".join(oslo(number, "octavia.api.app") for number in range(200))))


LIMITS = {
    "2026-11-23T12:00:00.000Z|00052|poll_loop|INFO|Dropped 119495 log messages in last 6 seconds (most recently, 0 seconds ago)"
    " due to excessive rate": 119495,
    "2026-11-23 12:00:00.000 12 ERROR root [-] Logging rate limit: drop after 3 records/2 sec": 1,
    "Nov 23 12:00:00 cmp1 systemd-journald[301]: Suppressed 41 messages from nova-compute.service": 41,
    "Nov 23 12:00:00 cmp1 rsyslogd: imuxsock lost 78 messages from pid 912 due to rate-limiting": 78,
    "Nov 23 12:00:00 cmp1 kernel: [ 12.1] net_ratelimit: 25 callbacks suppressed": 25,
    "2026-11-23 12:00:00.000 [warning] <0.68.0> lager_error_logger_h dropped 52 messages in the last second that exceeded the"
    " limit of 50 messages/sec": 52,
}


@pytest.mark.parametrize(("line", "count"), LIMITS.items())
def test_a_writer_that_says_it_left_records_out_is_believed(line: str, count: int) -> None:
    diagnosis = Diagnosis()
    diagnosis.observe(events(line + "\n"), 0.0)
    missing = diagnosis.missing()
    assert [(rule, number) for (rule, _), number in missing.items()] == [("records_suppressed", count)]


def test_words_alike_are_no_limit() -> None:
    text = (
        oslo(1, "nova.api", "Dropped connection") + oslo(2, "nova.api", "the rate limit of the API is 3") + oslo(3, "nova.api")
    )
    assert not seen(events(text))


def vlog(*numbers: int, thread: str = "") -> str:
    return "".join(f"2026-11-23T12:00:00.{i:03d}Z|{n:05d}|bridge{thread}|INFO|{n}\n" for i, n in enumerate(numbers))


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ((1, 2, 3), 0),
        ((1, 2, 6, 7), 3),
        ((7, 8, 1, 2), 0),  # a restart
        ((5, 5, 6), 0),
        ((1, 3, 5), 2),
    ],
)
def test_numbers_that_open_vswitch_skipped_are_records_that_did_not_come(numbers: tuple[int, ...], missing: int) -> None:
    diagnosis = Diagnosis()
    diagnosis.observe(events(vlog(*numbers)), 0.0)
    assert sum(diagnosis.missing().values()) == missing


def test_each_thread_of_open_vswitch_counts_for_itself() -> None:
    assert not seen(events(vlog(1, 2) + vlog(1, 2, thread="(handler5)") + vlog(3)))


def at(logged: datetime, read: datetime | None = None) -> Event:
    event: Event = {"timestamp": logged.isoformat(), "body": "x", "resource": {"service.name": "nova"}}
    if read is not None:
        event["observed_timestamp"] = read.isoformat()
    return event


def test_a_time_that_has_not_come_yet_is_told() -> None:
    assert seen([at(NOON + timedelta(seconds=121), NOON)]) == {("time_in_future", "nova"): 1}
    assert not seen([at(NOON + timedelta(seconds=119), NOON)])
    assert not seen([at(NOON + timedelta(days=1))])  # nobody knows when it was read


def test_a_time_that_goes_back_is_told_but_workers_may_be_out_of_step() -> None:
    assert seen([at(NOON), at(NOON - timedelta(seconds=61))]) == {("time_backwards", "nova"): 1}
    assert not seen([at(NOON), at(NOON - timedelta(seconds=59)), at(NOON + timedelta(days=9))])


def live(offset: timedelta, records: int, apart: float = 1.0) -> list[Event]:
    """Records that are read as they are written, where the clock shows `offset` more than UTC."""
    moments = [NOON + timedelta(seconds=apart * number) for number in range(records)]
    return [at(moment + offset, moment + timedelta(seconds=0.2)) for moment in moments]


@pytest.mark.parametrize("hours", [-5, 2, 5.75])
def test_local_time_that_is_taken_for_utc_is_told_once_and_by_how_much(hours: float, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    found = seen(live(timedelta(hours=hours), 400))
    assert found["time_zone", "nova"] == 1
    assert f"which is UTC{hours:+g}" in caplog.text


def test_a_backlog_is_no_zone() -> None:
    started = NOON + timedelta(hours=2)
    backlog = [at(NOON + timedelta(seconds=2 * n), started + timedelta(milliseconds=n)) for n in range(1000)]
    assert not seen(backlog)
    assert not seen(live(timedelta(0), 400))
    assert ("time_zone", "nova") not in seen(live(timedelta(minutes=20), 400))


def test_a_line_without_any_time_is_told_where_its_format_is_known() -> None:
    found = seen([{"source": {"format": "shell.trace", "file": "a.log"}, "body": "+ exec nova-api"}])
    assert found == {("time_missing", "a.log"): 1}


def test_lines_that_no_format_knows_are_counted_and_told_at_growing_intervals(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    strange: Event = {"source": {"format": "unparsed", "file": "x.log"}, "body": "%%% " + "y" * 1000}
    assert seen([strange] * 250) == {("format_unknown", "x.log"): 250}
    told = [(getattr(one, "stratoscope.diagnosis.count"), one.levelname) for one in caplog.records]
    assert told == [(1, "INFO"), (10, "INFO"), (100, "INFO")]
    assert len(getattr(caplog.records[0], "stratoscope.diagnosis.sample")) == 200


def test_the_logs_of_a_real_cloud_show_only_what_is_true_of_them() -> None:
    """It was broken on purpose, but its logging was in order; Open vSwitch limited itself."""
    found: dict[tuple[str, str], int] = {}
    for path in samples.paths():
        with lzma.open(path) as file:
            found |= seen(events(file.read().decode()))
    assert {rule for rule, _ in found} <= {"records_suppressed"}
    assert {component for _, component in found} <= {"openvswitch", ""}  # not each of its modules tells the service


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "timestamp observed_timestamp severity_number body resource attributes source dependency log.logger ovs.sequence ovs.thread"
    " service.name file format name process.pid log.iostream"
).split()
hostile = st.dictionaries(
    st.sampled_from(NAMES),
    values
    | st.sampled_from(["oslo.text", "unparsed", "nova.api", "2026-11-23T12:00:00Z", "Dropped 7 log messages in last 2"])
    | st.dictionaries(st.sampled_from(NAMES), values | st.sampled_from(["oslo.text", "unparsed", "nova.api"]), max_size=6),
    max_size=10,
)


@given(st.lists(hostile, max_size=10))
def test_whatever_an_event_holds_no_rule_fails(made: list[Event]) -> None:
    seen(made)


def test_memory_is_bounded_however_many_services_there_are() -> None:
    diagnosis = Diagnosis()
    for number in range(MAX_KEYS + 500):
        event: Event = {"source": {"format": "unparsed"}, "resource": {"service.name": f"s{number}"}}
        diagnosis.observe([event | {"attributes": {"ovs.sequence": number}, "timestamp": NOON.isoformat()}], 0.0)
    assert len(diagnosis.findings()) == MAX_KEYS + 1
    assert diagnosis.findings()["format_unknown", "other"] == 500
    assert all(len(vars(rule).get("_last", ())) <= MAX_KEYS for rule in diagnosis._rules)


def test_each_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in rules()}) == len(rules())
