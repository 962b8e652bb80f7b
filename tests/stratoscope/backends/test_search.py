"""`stratoscope search --backend`: what the sinks have sent is found again, page after page, and every error says what to do."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from collectors.sinks.loki import LokiSink
from collectors.sinks.opensearch import OpenSearchSink
from collectors.sinks.settings import LokiSettings, OpenSearchSettings
from parsers.model import Event
from stratoscope.cli import main
from tests.servers.http import Hang, Reply
from tests.stratoscope.backends.servers import SearchableLoki, SearchableOpenSearch
from tests.stratoscope.made import event, failed

SINCE = "since:2026-11-01"
Server = SearchableLoki | SearchableOpenSearch


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """Closes the servers that a test has opened."""
    with ExitStack() as stack:
        yield stack


def loki(held: ExitStack, events: Sequence[Event], **settings: Any) -> SearchableLoki:
    """A Loki that has the events."""
    server = held.enter_context(SearchableLoki(**settings))
    sink = LokiSink("l", LokiSettings(url=server.url, cluster="main", oldest=0, ahead=0, tenant=settings.get("tenant") or ""))
    server.limits = type(server.limits)(oldest=10**20, ahead=10**20)
    assert not sink.send(events, 60).rejected
    sink.close()
    return server


def opensearch(held: ExitStack, events: Sequence[Event], **settings: Any) -> SearchableOpenSearch:
    """An OpenSearch that has them."""
    server = held.enter_context(SearchableOpenSearch(**settings))
    sink = OpenSearchSink("o", OpenSearchSettings(url=server.url))
    assert not sink.send(events, 60).rejected
    sink.close()
    return server


BOTH = pytest.mark.parametrize(("kind", "filled"), [("loki", loki), ("opensearch", opensearch)])
Filled = Callable[..., Server]


def many(count: int, per_instant: int = 1) -> list[Event]:
    """Events, of which so many have the same time."""
    return [
        event(f"number {n}", n, timestamp=f"2026-11-23T03:{n // per_instant // 60:02}:{n // per_instant % 60:02}.000Z")
        | {"attributes": {"log.logger": "nova", "log.record.uid": f"u{n:06}"}}
        for n in range(count)
    ]


def search(kind: str, server: Server, *words: str) -> int:
    """The exit code of the command."""
    return main(["search", "--backend", kind, "--url", server.url, *words])


@BOTH
def test_what_was_sent_is_found_and_printed_oldest_first(
    kind: str, filled: Filled, held: ExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    server = filled(held, [*many(3), failed("went wrong", 9)])
    assert search(kind, server, SINCE, "number") == 0
    assert [json.loads(line)["body"] for line in capsys.readouterr().out.splitlines()] == ["number 0", "number 1", "number 2"]
    assert search(kind, server, SINCE, "nothing") == 1


@BOTH
def test_an_event_comes_back_as_it_was_as_far_as_it_was_kept(
    kind: str, filled: Filled, held: ExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = failed("went wrong", 9) | {"quality": ["head_missing"], "trace_id": "ab" * 16, "own": "kept aside"}
    sent["attributes"] |= {"process.pid": 7, "http.server.request.duration": 0.25, "made.up": "x=y"}
    sent["resource"]["k8s.pod.name"] = "nova-0"
    assert search(kind, filled(held, [sent]), SINCE, "dependency:galera") == 0
    back = json.loads(capsys.readouterr().out)
    for name in ("timestamp", "body", "severity_text", "severity_number", "quality", "trace_id", "fingerprint", "dependency"):
        assert back[name] == sent[name], name
    assert back["resource"] == sent["resource"]
    assert {**back["attributes"], "made.up": "x=y"} | sent["attributes"] == {**back["attributes"], "made.up": "x=y"}
    assert back["source"]["first_line"] == 1
    if kind == "opensearch":
        assert back["exceptions"] == sent["exceptions"]


@BOTH
def test_more_than_a_page_and_many_of_one_instant(
    kind: str, filled: Filled, held: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = many(57, per_instant=3)
    server = filled(held, events)
    (tmp_path / "s.yaml").write_text(f"backend: {{kind: {kind}, url: '{server.url}', page: 10}}")
    assert main(["search", "-c", str(tmp_path / "s.yaml"), "-n", "50", SINCE]) == 0
    told = capsys.readouterr()
    found = [json.loads(line)["body"] for line in told.out.splitlines()]
    assert len(found) == len(set(found)) == 50
    if kind == "opensearch":
        assert found == [one["body"] for one in events[-50:]]
    else:  # the sink fills the digits below a millisecond, by which those of one instant are put in order
        assert set(found) >= {one["body"] for one in events[-48:]}
    assert "Only the newest 50" in told.err


def test_a_loki_that_gives_metadata_among_the_labels(held: ExitStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert search("loki", loki(held, [failed("went wrong", 1)], merged=True), SINCE) == 0
    back = json.loads(capsys.readouterr().out)
    assert back["attributes"]["log.logger"] == "nova.compute.manager"
    assert back["fingerprint"]["id"] == "2026-11:abc"


def test_without_since_a_day_of_loki_is_looked_at_and_that_is_told(held: ExitStack, capsys: pytest.CaptureFixture[str]) -> None:
    server = loki(held, many(1))
    search("loki", server, "until:2026-11-23T04:00:00Z")
    told = capsys.readouterr()
    assert "looked back 24 hours only" in told.err
    assert json.loads(told.out)["body"] == "number 0"
    (form,) = server.asked
    assert int(form["end"]) - int(form["start"]) == 86_400 * 10**9


def test_a_cluster_and_a_tenant_of_loki(held: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = loki(held, many(1), tenant="ops")
    settings = tmp_path / "s.yaml"
    settings.write_text(f"backend: {{kind: loki, url: '{server.url}', tenant: ops, cluster: other}}")
    assert main(["search", "-c", str(settings), SINCE]) == 1
    settings.write_text(f"backend: {{kind: loki, url: '{server.url}', tenant: ops, cluster: main}}")
    assert main(["search", "-c", str(settings), SINCE]) == 0
    capsys.readouterr()
    assert search("loki", server, SINCE) == 2
    assert "basic or bearer" in capsys.readouterr().err


def test_shards_that_do_not_answer_are_told(held: ExitStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert search("opensearch", opensearch(held, many(1), failing=2), SINCE) == 0
    assert "2 of 3 shards did not answer" in capsys.readouterr().err


@BOTH
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Reply(401, b"who are you"), "HTTP 401: who are you; give basic or bearer"),
        (Reply(404), "HTTP 404; no such index|HTTP 404; no Loki there"),
        (Reply(429, b"slow down"), "slow down; .*try again"),
        (Reply(500, b"boom"), "HTTP 500: boom; see what it says"),
        (Reply(200, b"<html>"), "the answer is no JSON; is this the right url"),
        (Reply(200, b'{"else": 1}'), "is this the right url"),
        (Reply(200, b'{"half', half=True), "before the answer was whole"),
        (Hang(), "no answer|within|timed out"),
    ],
)
def test_every_trouble_is_one_line_that_says_what_to_do(
    kind: str, filled: Filled, held: ExitStack, trouble: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = filled(held, many(1))
    server.plan.append(trouble)
    assert search(kind, server, "--timeout", "2" if isinstance(trouble, Hang) else "60", SINCE) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1, told
    assert any(re.search(one, told[0]) for one in words.split("|")), told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "http://x"], "--url needs --backend loki or opensearch"),
        (["--backend", "loki"], "--backend loki needs --url"),
        (["--backend", "loki", "--url", "nonsense"], "--url is none that begins with http"),
        (["--backend", "loki", "--url", "http://x", "--store", "y"], "--store is the embedded store"),
        (["--backend", "loki", "--url", "http://u:p@x"], "has a user in it"),
    ],
)
def test_arguments_that_do_not_fit(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_every_mistake_of_a_settings_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("backend:\n  kind: opensearch\n  url: http://x\n  index: 'a b'\n  page: 0\n")
    assert main(["search", "-c", str(path)]) == 2
    told = capsys.readouterr().err
    assert "s.yaml:4: backend.index" in told
    assert "s.yaml:5: backend.page" in told


def test_the_check_of_settings_files_knows_this_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("backend: {kind: loki, url: 'http://loki', pages: 1}\n")
    assert main(["check", str(path)]) == 2
    assert "did you mean page?" in capsys.readouterr().out
    path.write_text("backend: {kind: loki, url: 'http://loki', page: 2}\n")
    assert main(["check", str(path)]) == 0
