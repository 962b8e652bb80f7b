"""The page of `collect` as its process has it; in a browser it is looked at in tests/browser."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stratoscope.collect.process import Collect

pytestmark = pytest.mark.servers


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    made = Collect(tmp_path)
    made.settings["sinks"] = {"here": {"to": {"kind": "store", "path": str(tmp_path / "events.db")}}}
    made.settings["page"] = {"listen": "127.0.0.1:0"}
    yield made
    if made.process:
        made.process.kill()


def test_the_page_stays_where_it_is_until_the_end(collect: Collect) -> None:
    collect.start()
    for change in ({"page": {"listen": "127.0.0.1:1"}}, {"sinks": {"here": {"to": {"kind": "store", "path": "other.db"}}}}):
        before = dict(collect.settings)
        collect.settings |= change
        collect.write()
        collect.signal(signal.SIGHUP)
        wanted = "page cannot change" if "page" in change else "the store of the page cannot change"
        collect.wait_for_word(f"{wanted} while it runs")
        collect.settings = before
    assert collect.end() == 0


def test_a_page_for_everybody_is_refused(collect: Collect) -> None:
    web = collect.folder / "web.yaml"
    web.write_text("basic_auth_users: {}\n")
    collect.settings["page"] = {"listen": "0.0.0.0:0", "web_config": str(web)}
    done = collect.run()
    assert done.returncode == 2
    assert "web.yaml has no basic_auth_users, so the page only listens on this machine" in done.stderr
