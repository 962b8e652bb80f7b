"""Who is blamed, by which rule, and that most errors blame nobody."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dependency import RULES, Blame, dependency_of
from parsers.dependency_rules import Rule
from parsers.model import ExceptionInfo, Frame

CASES = Path(__file__).parents[1] / "data" / "dependency"
BLAMED = [line.split("\t") for line in (CASES / "blamed.tsv").read_text(encoding="utf-8").splitlines()]
SILENT = (CASES / "silent.txt").read_text(encoding="utf-8").splitlines()

REFUSED = ExceptionInfo("ConnectionRefusedError", "[Errno 111] Connection refused", "root")
DATABASE = ExceptionInfo("pymysql.err.OperationalError", "(2003, \"Can't connect to MySQL server on '10.0.0.1'\")", "context")
TIMEOUT = ExceptionInfo(
    "oslo_messaging.exceptions.MessagingTimeout", "Timed out waiting for a reply to message ID 1", "context"
)
KEY_ERROR = ExceptionInfo("KeyError", "'a'", "root")


def as_exception(text: str) -> ExceptionInfo:
    kind, _, message = text.partition(": ")
    return ExceptionInfo(kind, message, "root")


def within(module: str, exception: ExceptionInfo = REFUSED) -> ExceptionInfo:
    frames = (
        Frame("/x/service.py", 1, "f", "nova.service", None, in_app=True),
        Frame("/x/y.py", 2, "connect", module, None, in_app=False),
    )
    return ExceptionInfo(exception.type, exception.message, exception.link, frames)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_claims_its_own_sample(rule: Rule) -> None:

    for said in (dependency_of([], rule.sample), dependency_of([as_exception(rule.sample)], "")):
        assert said is not None
        assert said.rule == rule.id
        assert said.name == rule.dependency or (
            rule.dependency == "" and said.name in {"placement", "neutron", "glance", "cinder"}
        )


def test_no_two_rules_have_one_id() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(("rule", "text"), BLAMED)
def test_a_line_of_a_broken_cloud_blames_what_was_broken(rule: str, text: str) -> None:
    expected = Blame(rule.partition(".")[0], rule)
    assert dependency_of([], text) == expected
    assert dependency_of([as_exception(text)], "Failed") == expected


@pytest.mark.parametrize("text", SILENT)
def test_an_ordinary_error_blames_nobody(text: str) -> None:
    assert dependency_of([], text) is None
    assert dependency_of([as_exception(text)], "") is None


def test_there_is_a_silent_case_for_every_rule() -> None:
    assert len(SILENT) >= len(RULES)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://10.0.0.1:5000/v3/auth/tokens", "keystone"),
        ("https://keystone.example.org/v3", "keystone"),
        ("http://glance-api.openstack.svc.cluster.local:9292/v2/images", "glance"),
        ("http://neutron-server.openstack.svc:9696", "neutron"),
        ("http://cinder-api/v3", "cinder"),
        ("http://127.0.0.1:8778/allocation_candidates?limit=1000", "placement"),
        ("https://nova.example.org:443/v2.1", "nova"),
    ],
)
def test_an_api_is_known_by_its_host_name_or_its_port(url: str, name: str) -> None:
    text = f"keystoneauth1.exceptions.connection.ConnectFailure: Unable to establish connection to {url}: Connection refused"
    assert dependency_of([], text) == Blame(name, "api.unreachable")


def test_the_oldest_exception_that_says_something_decides() -> None:
    assert dependency_of([REFUSED, DATABASE, TIMEOUT], "Failed") == Blame("galera", "galera.unreachable")
    assert dependency_of([TIMEOUT, DATABASE], "Failed") == Blame("rabbitmq", "rabbitmq.rpc_timeout")


def test_the_message_is_asked_where_the_exceptions_say_nothing() -> None:
    assert dependency_of([KEY_ERROR], "OVS is dead. It will be asked again.") == Blame("ovs", "ovs.dead")
    assert dependency_of([DATABASE], "OVS is dead. It will be asked again.") == Blame("galera", "galera.unreachable")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pymemcache.client.base", "memcached"),
        ("amqp.transport", "rabbitmq"),
        ("pymysql.connections", "galera"),
        ("ovs.stream", "ovs"),
    ],
)
def test_a_socket_that_is_refused_blames_the_server_of_its_library(module: str, name: str) -> None:
    assert dependency_of([within(module)], "Unhandled error") == Blame(name, f"{name}.socket")


def test_what_a_rule_says_is_more_than_what_the_library_says() -> None:
    assert dependency_of([within("pymysql.connections"), DATABASE], "") == Blame("galera", "galera.unreachable")


@pytest.mark.parametrize("module", ["nova.compute.manager", "socket", None])
def test_a_socket_of_no_known_library_blames_nobody(module: str | None) -> None:
    assert dependency_of([within(module or "")], "") is None
    assert dependency_of([within("pymemcache.client.base", KEY_ERROR)], "") is None


@given(st.lists(st.builds(ExceptionInfo, st.text(), st.text(), st.just("root"))), st.text())
def test_any_text_has_an_answer(exceptions: list[ExceptionInfo], body: str) -> None:
    blame = dependency_of(exceptions, body)
    assert blame is None or blame.name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_million_hostile_characters_come_to_an_end(rule: Rule) -> None:
    dependency_of([], f"{rule.sample} " * (1_000_000 // len(rule.sample)))
    dependency_of([], f"{rule.word} {rule.sample[: len(rule.sample) // 2]}" * 9000)
