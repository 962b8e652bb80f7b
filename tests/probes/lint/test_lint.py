"""Doubts about settings. Cases are files: a service's configuration, and in comments above it what is known besides.

# profile: nova-compute
# grace: 180            (also: rpc, exec_probes, hang_after, target)
# expect: RULE RULE     (none: it is fine)
"""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.lint.model import Facts, Severity
from probes.lint.reading import UNREADABLE, doubts
from probes.lint.rules import RULES, lint
from probes.model import Process, Profile, Role, Use
from probes.oslo.configuration import read
from tests.probes.blackbox.patients import of, patient

CASES = sorted(Path("tests/data/probes/blackbox/lint").glob("*.conf"))
_KNOWN = re.compile(r"^# (\w+): ?(.*)$", re.MULTILINE)


def facts(path: Path) -> tuple[Facts, list[str]]:
    said = dict(_KNOWN.findall(path.read_text()))
    known: dict[str, Any] = {key: float(said[key]) for key in ("grace", "hang_after") if key in said}
    if "exec_probes" in said:
        known["exec_probes"] = said["exec_probes"] == "yes"
    options = read([path]).text
    return Facts(said["profile"], options, target=said.get("target", ""), rpc="rpc" in said, **known), said["expect"].split()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    known, expected = facts(path)
    assert [doubt.rule for doubt in lint(known)] == expected


def test_each_rule_has_a_case_and_half_of_the_cases_are_silent() -> None:
    expected = [facts(path)[1] for path in CASES]
    assert {rule.name for rule in RULES} == {name for names in expected for name in names}
    assert sum(not names for names in expected) >= len(expected) * 0.4


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_says_what_and_what_to_do_in_one_line(rule: Any) -> None:
    said = [doubt.text for path in CASES for doubt in lint(facts(path)[0]) if doubt.rule == rule.name]
    assert said
    for text in said:
        assert text.endswith(f"; {rule.advice}")
        assert "\n" not in text
    assert rule.help.endswith(".")
    assert re.fullmatch(r"[a-z_]+", rule.name)


@given(
    st.dictionaries(st.tuples(st.sampled_from(["DEFAULT", "oslo_messaging_rabbit"]), st.text(max_size=8)), st.text()), st.text()
)
def test_whatever_stands_in_the_files_no_rule_raises(options: dict[tuple[str, str], str], value: str) -> None:
    for known in (lambda section, name: options.get((section, name)), lambda section, name: value):
        list(lint(Facts("nova-compute", known, grace=1.0, hang_after=1.0, target="x", rpc=True, exec_probes=True)))


# -- where the facts come from

RPC = Use("rpc", "rpc", frozenset({Role.LIVENESS}), "")
PROFILE = Profile("cinder-volume", "cinder-volume", (), (RPC,), start_seconds=1.0, grace_seconds=60.0)


def named(found: list[Any]) -> list[str]:
    return [doubt.rule for doubt in found]


def test_the_facts_are_gathered_from_profile_and_files(tmp_path: Path) -> None:
    conf = tmp_path / "cinder.conf"
    conf.write_text("[DEFAULT]\nhost = other\ngraceful_shutdown_timeout = 50\n")
    found = doubts(PROFILE, [conf], grace=60.0, target="node-1@lvm")
    assert named(found) == ["grace_period", "rpc_ping", "heartbeat_late", "host_override"]


def test_a_host_that_is_read_from_the_files_is_no_doubt(tmp_path: Path) -> None:
    conf = tmp_path / "cinder.conf"
    conf.write_text("[DEFAULT]\nhost = other\n")
    assert "host_override" not in named(doubts(PROFILE, [conf], target="{host}@lvm"))


def test_a_file_that_cannot_be_read_is_one_doubt(tmp_path: Path) -> None:
    (doubt,) = doubts(PROFILE, [tmp_path / "none.conf"])
    assert (doubt.rule, doubt.severity) == (UNREADABLE, Severity.WARNING)
    assert "none.conf: no such file or directory" in doubt.text


def test_the_host_that_no_file_sets_may_be_referred_to(tmp_path: Path) -> None:
    conf = tmp_path / "cinder.conf"
    conf.write_text("[DEFAULT]\nstate = /var/$host\n")
    assert "host_override" not in named(doubts(PROFILE, [conf], host="node-1", target="node-1"))


def test_an_option_that_refers_to_nothing_is_none(tmp_path: Path) -> None:
    conf = tmp_path / "cinder.conf"
    conf.write_text(
        "[DEFAULT]\nhost = $my_host\nrpc_ping_enabled = true\n[oslo_messaging_rabbit]\nheartbeat_timeout_threshold=5\n"
    )
    assert named(doubts(PROFILE, [conf])) == []


def test_the_script_of_exec_probes_is_looked_for_in_the_service_s_own_root(tmp_path: Path) -> None:
    conf = tmp_path / "nova.conf"
    conf.write_text("[oslo_messaging_rabbit]\nuse_queue_manager = true\n")
    profile = Profile("keystone", "keystone", (), (), start_seconds=1.0, grace_seconds=60.0)
    process = Process(7, 1, "nova-compute", (), 0, "S", 1)
    assert named(doubts(profile, [conf], processes=[process], proc=tmp_path)) == []
    folder = tmp_path / "7" / "root" / "tmp"
    folder.mkdir(parents=True)
    (folder / "health-probe.py").touch()
    assert named(doubts(profile, [conf], processes=[process], proc=tmp_path)) == ["queue_manager"]
    with patient("idle", tmp_path) as running:
        assert named(doubts(profile, [conf], processes=[of(running)])) in ([], ["queue_manager"])


def test_the_page_has_the_rules_as_they_are() -> None:
    page = Path("docs/probes/lint.md").read_text()
    for rule in RULES:
        assert f"| `{rule.name}` | {rule.severity.value} | {rule.help} | {rule.advice} |\n" in page
