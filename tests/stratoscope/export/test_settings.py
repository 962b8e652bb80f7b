"""The settings file of export: its mistakes (a file each in tests/data/settings/export), modules, and allowed targets."""

from pathlib import Path

import pytest

from exporters.frame.frame import Frame
from exporters.frame.plan import Plan
from exporters.table import EXPORTERS
from stratoscope.export.allowed import Allowed, NotAllowedError, check
from stratoscope.export.settings import Loaded, section_class, settings_class, settings_in
from stratoscope.settings.describe import described
from stratoscope.settings.document import read
from stratoscope.settings.load import document_at
from stratoscope.settings.mistakes import SettingsError
from stratoscope.settings.structure import MistakesFoundError
from tests.stratoscope.export.made import LINES, PLAN, TABLE

DATA = Path(__file__).parents[2] / "data" / "settings" / "export"


def loaded(text: str) -> Loaded:
    return settings_in(read(text.encode()), Path("/etc/export.yaml"), TABLE, {"LINES_PASSWORD": "hunter2"})


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_says_where_it_is_and_what_to_do(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_in(document_at(path), path, TABLE)
    assert str(caught.value).replace(f"{DATA}/", "") + "\n" == path.with_suffix(".txt").read_text()


def test_targets_are_wanted_as_the_settings_say() -> None:
    settings = """
        listen: 127.0.0.1:1
        exporters:
          lines:
            - {name: a, address: "db1:1", password: {env: LINES_PASSWORD}}
            - {name: b, address: "db2:1", collection: {lane: background, interval: 1m, max_series: 7}}
    """
    first, second = loaded(settings).wanted(Frame())
    assert (first.exporter, first.settings.name, first.plan) == ("lines", "a", PLAN)  # type: ignore[attr-defined]
    assert second.plan == Plan("background", 60.0, 10.0, max_series=7)
    assert second.build().target == "b"
    again, changed = loaded(settings.replace("db2", "db3")).wanted(Frame())
    assert again.settings == first.settings
    assert changed.settings != second.settings


def test_a_module_is_filled_with_the_target_of_the_probe() -> None:
    made = loaded("""
        modules:
          tcp: {kind: lines, address: "{target}:1", collection: {lane: background, timeout: 3s}}
          whole: {kind: lines, address: "{target}", name: n}
        allow_targets: ["*"]
    """)
    wanted = made.probed("tcp", "db1", Frame())
    assert (wanted.settings.name, wanted.settings.address) == ("db1", "db1:1")  # type: ignore[attr-defined]
    assert wanted.plan == Plan("scrape", 30.0, 3.0)
    assert made.probed("whole", "db1:5", Frame()).settings.name == "n"  # type: ignore[attr-defined]
    with pytest.raises(MistakesFoundError):
        made.probed("whole", "db1", Frame())


@pytest.mark.parametrize(
    ("entry", "target", "allowed"),
    [
        ("db1.example.org", "db1.example.org", True),
        ("db1.example.org", "DB1.example.org", True),
        ("db1.example.org", "db1xexample.org", False),
        ("db1.example.org", "db1.example.org:3306", False),
        ("db1.example.org:3306", "db1.example.org:3306", True),
        ("db1.example.org:3306", "db1.example.org:3307", False),
        ("db1.example.org:3306", "db1.example.org", False),
        ("db1.example.org:*", "db1.example.org:22", True),
        ("db*.example.org", "db17.example.org", True),
        ("db*.example.org", "db.evil.example.org", False),
        ("db?", "db1", True),
        ("db?", "db11", False),
        ("*", "db1", True),
        ("*", "db1.evil", False),
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("10.1.0.0/16", "10.1.2.3.evil.example", False),
        ("10.1.0.0/16", "169.254.169.254", False),
        ("10.1.0.0/16:3306", "10.1.2.3:3306", True),
        ("10.1.0.0/16:3306", "10.1.2.3:3307", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("[2001:db8::/32]:*", "[2001:db8::1]:3306", True),
        ("[2001:db8::/32]", "[2001:db9::1]", False),
        ("[::1]", "[0:0:0:0:0:0:0:1]", True),
        ("*:*", "http://db1/", False),
        ("*:*", "db1/../../x", False),
        ("*:*", "db1@evil:80", False),
        ("*:*", "db1:80?x=y", False),
        ("*:*", "db1 :80", False),
        ("*:*", "db1\n:80", False),
        ("*:*", "", False),
    ],
)
def test_who_may_be_probed(entry: str, target: str, allowed: bool) -> None:
    try:
        check(target, (Allowed.parse(entry),))
    except NotAllowedError:
        assert not allowed
    else:
        assert allowed


def test_nobody_may_be_probed_where_nobody_is_named() -> None:
    with pytest.raises(NotAllowedError, match="is not in allow_targets"):
        check("localhost", ())


def test_the_settings_of_an_exporter_and_of_the_frame_are_described_together() -> None:
    keys = {one.key: one.meaning for one in described(section_class(LINES))}
    assert keys["address"] == "HOST:PORT."
    assert keys["collection.interval"].startswith("Between two fetches")
    whole = {one.key for one in described(settings_class(TABLE))}
    assert {"listen", "modules", "exporters.lines[].address", "exporters.lines[].collection.keep"} <= whole


def test_targets_whose_series_would_be_the_same_or_none_are_refused() -> None:
    def told(exporters: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            settings_in(read(f"exporters: {exporters}".encode()), Path("e.yaml"), EXPORTERS)
        return list(caught.value.lines)

    only = "there can be only one: a second one would have the same series"
    assert told("{ovs: [{name: a}, {name: b}]}") == [f"e.yaml:1: exporters.ovs[1]: {only}, unless each has another host"]
    alone = "exporters.hosts: has nothing to tell without exporters.agents in this file; add a target there"
    assert told("{hosts: [{name: a}, {name: b}]}") == [f"e.yaml:1: {alone}", f"e.yaml:1: exporters.hosts[1]: {only}"]
    two = settings_in(read(b"exporters: {ovs: [{name: a, host: x}, {name: b, host: y}]}"), Path("e.yaml"), EXPORTERS)
    assert len(two.settings.exporters.ovs) == 2
