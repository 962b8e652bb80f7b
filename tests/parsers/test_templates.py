"""One log statement gives one template, whatever its variables hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.templates import template_of

CASES = (
    ("Nothing varies here.", "Nothing varies here."),
    (
        "[3f1e2d4c-1111-2222-3333-444455556666] AMQP server on 10.0.0.1:5672 is down: [Errno 111]. Trying again in 1 seconds.",
        "[<uuid>] AMQP server on <ip>:<num> is down: [Errno 111]. Trying again in <duration>.",
    ),
    ("[Errno -2] Name or service not known (HTTP 503)", "[Errno -2] Name or service not known (HTTP 503)"),
    (
        "(pymysql.err.OperationalError) (1047, 'WSREP has not yet')\n(Background on this error at: https://sqlalche.me/e/14/e3q8)",
        "(pymysql.err.OperationalError) (1047, <quoted>)\n(Background on this error at: <url>)",
    ),
    ("Failed: x\n[SQL: SELECT 1 FROM a WHERE b IN (1, 2)]\n(Background on this)", "Failed: x"),
    (
        "(cmp3, cmp3) ram: 8192MB disk: 102400MB io_ops: 0 instances: 12 has not been heard from in a while",
        "(cmp<num>, cmp<num>) ram: <num>MB disk: <num>MB io_ops: <num> instances: <num> has not been heard from in a while",
    ),
    (
        "Function 'neutron.agent.l3.agent.L3NATAgent._report_state' run outlasted interval by 30.12 sec",
        "Function <quoted> run outlasted interval by <duration>",
    ),
    ("Device tapabcdef12-4b on qvo3f9c2d1e-4b and qr-3f9c2d1e-4b", "Device tap<hex> on qvo<hex> and qr-<hex>"),
    ("mac fa:16:3e:12:34:56 at 2026-11-23T05:41:45.303Z", "mac <mac> at <date>"),
    ("at 2026-11-23 05:41:45,303 and 12:30:01.5 and 2026-11-23", "at <date> and <date> and <date>"),
    ("[23/Nov/2026:03:48:52 +0000] and [23/Nov/2026 03:48:52]", "[<date>] and [<date>]"),
    ("fd00::1, ::1, fe80:0:0:0:1:2:3:4, ::ffff:10.0.0.1", "<ipv6>, <ipv6>, <ipv6>, <ipv6>"),
    ("route 10.0.0.0/24 of version 1.2.3 and 3.5, 1e-05", "route <ip>/<num> of version <num>.<num>.<num> and <float>, <float>"),
    ("tx0123456789abcdef01234-0012345678 of queue amq.gen-JzTY20BRgKO-x", "<swift_txn> of queue <amq>"),
    ("reply_7537f6fa617e46e8b56d2e2c1bdd5438 of <X object at 0x7f0a1234>", "reply_<hex> of <X object at <hex>>"),
    ("commit 7537f6fa of cookie 0xdeadbeef is 12345678", "commit <hex> of cookie <hex> is <num>"),
    ("It doesn't work for 'x' and user's \"y z\"", "It doesn't work for <quoted> and user's <quoted>"),
    ("decade, facade, added, dead: a face", "decade, facade, added, dead: a face"),
    ("mail from a.b@example.org", "mail from <email>"),
    ("/var/lib/nova/instances/3f1e2d4c-1111-2222-3333-444455556666/disk", "/var/lib/nova/instances/<uuid>/disk"),
    ('cut inside "a quot', "cut inside <quoted>"),
    ("took 3ms, 4.5 seconds, 1 hour, 7 hosts", "took <duration>, <duration>, <duration>, <num> hosts"),
    ("", ""),
)
HEX = "0123456789abcdef"
VARIABLES = {
    "<uuid>": st.uuids().map(str),
    "<req_id>": st.uuids().map("req-{}".format),
    "<hex>": st.uuids().map(lambda some: some.hex)
    | st.integers(0, 2**64).map(hex)
    | st.from_regex(r"(qr-|qg-)[0-9a-f]{8}-[0-9a-f]{2}", fullmatch=True).map(lambda name: name[3:]),
    "<ip>": st.ip_addresses(v=4).map(str),
    "<ipv6>": st.ip_addresses(v=6).map(str) | st.ip_addresses(v=6).map(lambda address: address.exploded),
    "<mac>": st.from_regex(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", fullmatch=True),
    "<num>": st.integers(0, 10**12).map(str),
    "<float>": st.floats(0, 1e6).map("{:.3f}".format) | st.floats(1e-9, 1e-5).map(str),
    "<duration>": st.tuples(st.integers(0, 10**6), st.sampled_from(["s", "ms", " sec", " seconds", " second", " min"])).map(
        lambda parts: f"{parts[0]}{parts[1]}"
    ),
    "<date>": st.datetimes().map(lambda when: f"{when:%Y-%m-%d %H:%M:%S}".rjust(19, "0")),
    "<quoted>": st.text("abc 019-_/:.", min_size=1).flatmap(lambda text: st.sampled_from([f"'{text}'", f'"{text}"'])),
    "<email>": st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.(org|net)", fullmatch=True),
    "<url>": st.from_regex(r"https?://[a-z]{1,8}(:[0-9]{2,4})?/[a-z0-9/]{0,9}[a-z]", fullmatch=True),
    "<swift_txn>": st.from_regex(r"tx[0-9a-f]{21}-[0-9a-f]{10}", fullmatch=True),
    "<amq>": st.from_regex(r"amq\.gen-[A-Za-z0-9_-]{22}", fullmatch=True),
}
WORDS = st.sampled_from(
    ["Failed", "to", "bind", "port", "on", "host:", "(got", "=", "the", "decade", "Timed", "out,", "a", "ERROR"]
)
SHAPES = st.lists(WORDS | st.sampled_from(sorted(VARIABLES)), min_size=1, max_size=12)


@pytest.mark.parametrize(("message", "template"), CASES)
def test_a_message_gives_its_template(message: str, template: str) -> None:
    assert template_of(message) == template


@given(SHAPES, st.data())
def test_the_same_message_with_other_values_gives_the_same_template(shape: list[str], data: st.DataObject) -> None:
    def filled() -> str:
        return " ".join(data.draw(VARIABLES[word]) if word in VARIABLES else word for word in shape)

    assert template_of(filled()) == template_of(filled())


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_every_variable_is_called_by_its_name(name: str) -> None:
    @given(VARIABLES[name])
    def check(value: str) -> None:
        assert template_of(f"Failed ({value}) here") == f"Failed ({name}) here"

    check()


@pytest.mark.parametrize(
    "piece", ['"\n', "'a", "0", "a", "1:", "::", "ab:", "1.", "0-", "://", "a.", "a@", "1e", "tap0", "aaaaaaa0"]
)
def test_a_million_hostile_characters_come_to_an_end(piece: str) -> None:
    assert len(template_of(piece * (1_000_000 // len(piece)))) <= 400
