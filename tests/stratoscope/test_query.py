"""The search language: what it understands, and that it answers everything else with an error that helps."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stratoscope.query import And, Field, Not, Or, QueryError, Range, Words, parse
from stratoscope.query_sql import statement
from tests.stratoscope.made import NOW

PIECES = st.sampled_from(
    [
        "(",
        ")",
        '"',
        "-",
        "NOT",
        "OR",
        "AND",
        " ",
        ":",
        "*",
        "level",
        ">=",
        "ERROR",
        "service",
        "nova",
        "since:",
        "15m",
        "x",
        "'",
    ]
)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", None),
        ("lost", Words("lost")),
        ('"lost connection"', Words("lost connection")),
        ("timeo*", Words("timeo", prefix=True)),
        ("10.0.0.1:5672", Words("10.0.0.1:5672")),
        ("service:nova", Field("service", "nova")),
        ("logger:nova.compute*", Field("logger", "nova.compute", prefix=True)),
        ('file:"/var/log/a b.log"', Field("file", "/var/log/a b.log")),
        ("req:req-5f1c", Field("request_id", "req-5f1c")),
        ("level>=ERROR", Range("level", 17, 24)),
        ("level:warning", Range("level", 13, 16)),
        ("level<error", Range("level", 1, 16)),
        ("level>critical", Range("level", 25, 24)),
        ("status:5xx", Range("status", 500, 599)),
        ("status>404", Range("status", 405, 599)),
        ("-debug", Not(Words("debug"))),
        ("NOT service:nova", Not(Field("service", "nova"))),
        ("a b", And((Words("a"), Words("b")))),
        ("a AND b", And((Words("a"), Words("b")))),
        ("a b OR c", Or((And((Words("a"), Words("b"))), Words("c")))),
        ("a (b OR c)", And((Words("a"), Or((Words("b"), Words("c")))))),
        ("nova-compute", Words("nova-compute")),
    ],
)
def test_what_is_understood(text: str, node: object) -> None:
    assert parse(text, NOW).node == node


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("since:15m", NOW - 900, None),
        ("a since:2h until:1h", NOW - 7200, NOW - 3600),
        ("(since:1d a)", NOW - 86400, None),
        ("until:2026-11-23", None, 1795392000.0),
        ("since:2026-11-23T05:00:00+02:00", 1795402800.0, None),
        ("since:08:00", NOW, None),
        ("since:08:01", NOW - 86400 + 60, None),
    ],
)
def test_times(text: str, since: float | None, until: float | None) -> None:
    query = parse(text, NOW)
    assert (query.since, query.until) == (since, until)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a "b', 'column 3: this " is never closed; add another one'),
        ("a (b", "column 3: this ( is never closed; add a )"),
        ("a ) b", "column 3: this ) closes nothing; remove it or add a ("),
        ("sevice:nova", ("column 1: there is no field 'sevice'; did you mean service? "
                         'To search the text for it, quote it: "sevice:nova"')),
        ("a service:", "column 3: service needs a value, written without a blank: service:value"),
        ("service:*", "column 1: service:* matches all and nothing; write the beginning of a value before the *"),
        ("service>nova", "column 1: service is no number; write service:nova"),
        ("level>=loud", ("column 1: 'loud' is no level; write a number from 1 to 24 or one of trace, debug, info, notice, "
                        "audit, warn, warning, error, critical, fatal")),
        ("status:9", "column 1: '9' is no status; write a number from 100 to 599 or a class like 5xx"),
        ("since:soon", "column 1: since: 'soon' is no time; write 15m, 2h, 3d, 03:33, 2026-11-23 or 2026-11-23T03:33:01Z"),
        ("a OR since:1h", "column 1: since: and until: hold for the whole search, not for one side of OR"),
        ("-since:1h", "column 2: times cannot be negated; exchange since: and until:"),
        ("since:1h since:2h", "column 10: since: stands here twice; remove one"),
        ("since:1h until:2h", "column 1: since: is not before until:; exchange or change them"),
        ("a OR", "column 5: a word or a field is missing here; quote AND, OR and NOT to search for these words"),
        ("NOT", "column 1: NOT needs something after it"),
        ("***", 'column 1: a * can only stand at the end of a word; quote the word to search for it: "***"'),
        ("!!", "column 1: '!!' has no letter or digit to search for; the index knows words and numbers only"),
        ("a\0b", "column 2: '\\x00' is not a character that can be searched for; leave it out"),
        ("\udcff", "column 1: '\\udcff' is not a character that can be searched for; leave it out"),
    ],
)  # fmt: skip
def test_an_error_says_what_where_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, NOW)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text", ["(" * 30 + "a" + ")" * 30, "- - " * 30 + "a", " ".join("a" * 1 for _ in range(70)), "a" * 3000]
)
def test_searches_are_bounded(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text, NOW)


@example("since:999999999w")
@example("until:9999-12-31T23:59:59-14:00")
@example("since:25:00")
@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join), st.lists(PIECES, max_size=25).map(" ".join)))
def test_any_text_is_a_search_or_gives_an_error_at_a_column(text: str) -> None:
    try:
        query = parse(text, NOW)
    except QueryError as error:
        column = error.column
    else:
        column = 1
        assert statement(1, query.node, 0, 1, 50).sql.isascii()
    assert 1 <= column <= len(text) + 1


@given(st.text(max_size=30))
def test_nothing_of_a_search_stands_in_the_sql(text: str) -> None:
    asked = {statement(1, node, 0, 1, 50).sql for node in (Words(text), Field("service", text), Not(Words(text)))}
    assert len(asked) == 1
