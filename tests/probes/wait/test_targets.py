"""Targets as they are written, and all that can be wrong with one."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers.secret import Secret
from probes.oslo.transport import Broker, Transport
from probes.wait.model import Checked, File, Kube, More, Rabbit
from probes.wait.targets import FORMS, TargetMistakeError, hidden, parse

SECRET = Secret("hunter2")
ROOT = Path(__file__).parents[3]


def options(text: str, more: More | None = None) -> dict[str, object]:
    found = parse(text, more)
    assert isinstance(found, Checked)
    return {"check": found.check, **found.options}


def test_rabbit_with_a_user_logs_in_at_each_of_its_hosts() -> None:
    found = parse("rabbit://nova@a:5673,nova@[::1]/nova%2Fx?password-file=/x", More(password=SECRET))
    brokers = (Broker("a", 5673, "nova", SECRET), Broker("::1", 5672, "nova", SECRET))
    assert found == Rabbit("rabbit://nova@a:5673,nova@[::1]/nova%2Fx", Transport(brokers, "nova/x"), login=True)


def test_rabbit_without_a_user_is_greeted() -> None:
    found = parse("rabbits://mq")
    assert isinstance(found, Rabbit)
    assert not found.login
    assert found.tls is not None
    assert found.transport.virtual_host == "/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql://db", {"check": "mysql", "address": "tcp:db:3306", "user": "", "cluster": False}),
        ("galera://wait@db:3307", {"check": "mysql", "address": "tcp:db:3307", "user": "wait", "cluster": True}),
        ("mysql://w@[::1]", {"address": "tcp:[::1]:3306"}),
        ("galera://w@/?socket=/run/mysqld/mysqld.sock", {"address": "unix:/run/mysqld/mysqld.sock", "user": "w"}),
        ("memcached://cache", {"check": "memcached", "address": "tcp:cache:11211"}),
        ("http://api:8774/v2?x=1", {"check": "http", "url": "http://api:8774/v2?x=1", "status": ()}),
        ("keystone://ks", {"check": "http", "url": "http://ks:5000/v3", "status": (200,), "body": '"v3.'}),
        ("keystone+https://ks:443/identity/v3/", {"url": "https://ks:443/identity/v3"}),
        ("ovsdb:unix:/run/openvswitch/db.sock", {"check": "ovsdb", "database": "Open_vSwitch"}),
        ("ovsdb:tcp:nb:6641", {"remote": "tcp:nb:6641", "database": "OVN_Northbound"}),
        ("ovsdb:unix:/run/ovn/ovnsb_db.sock", {"database": "OVN_Southbound"}),
        ("ovsdb:tcp:sb:16642?database=OVN_Southbound", {"remote": "tcp:sb:16642", "database": "OVN_Southbound"}),
        ("tcp://[fe80::1]:80", {"check": "tcp", "address": "tcp:[fe80::1]:80"}),
        ("socket:/run/libvirt/libvirt-sock", {"check": "tcp", "address": "unix:/run/libvirt/libvirt-sock"}),
        ("socket:///run/x", {"address": "unix:/run/x"}),
    ],
)
def test_what_a_check_is_told(text: str, expected: dict[str, object]) -> None:
    assert options(text, More(password=SECRET)).items() >= expected.items()


def test_files_and_objects() -> None:
    assert parse("file:/etc/ceph/ceph.conf") == File("file:/etc/ceph/ceph.conf", Path("/etc/ceph/ceph.conf"))
    assert parse("job/nova-db-sync") == Kube("job/nova-db-sync", "job", "nova-db-sync")
    assert parse("service/ceph/ceph-mon") == Kube("service/ceph/ceph-mon", "service", "ceph-mon", "ceph")
    labels = "application=libvirt,app.kubernetes.io/component=libvirt"
    assert parse(f"pod/{labels}?node=own") == Kube(f"pod/{labels}?node=own", "pod", labels, own_node=True)
    assert parse(f"pod/openstack/{labels}") == Kube(f"pod/openstack/{labels}", "pod", labels, "openstack")
    assert parse("pod/app.kubernetes.io/name=x") == Kube("pod/app.kubernetes.io/name=x", "pod", "app.kubernetes.io/name=x")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no target; begin with one of rabbit:, "),
        ("mariadb:3306", "is no target"),
        ("kafka://x", "is no target"),
        ("rabbit://nova@mq/", "a user needs a password; add ?password-file=PATH"),
        ("rabbit://mq:x/", "a host that is not HOST:PORT"),
        ("mysql://", "there is no host in it; write mysql://"),
        ("mysql://db:99999", "Port out of range"),
        ("galera://db", "write galera://USER@HOST"),
        ("mysql://db?passwort-file=/x", "'passwort-file' is not known here; behind ? it can have password-env, password-file"),
        ("memcached://c?x=1", "'x' is not known here"),
        ("http://", "is no URL"),
        ("tcp://host", "a port is missing"),
        ("socket:run/x", "the path is not absolute; write socket:/PATH"),
        ("file:", "the path is not absolute"),
        ("ovsdb:/run/db.sock", "is no address"),
        ("ovsdb:ssl:nb:6641", "needs a certificate authority"),
        ("job/", "write job/NAME or job/NAMESPACE/NAME"),
        ("job/Nova", "this is no name of Kubernetes"),
        ("service/a/b/c", "this is no name of Kubernetes"),
        ("pod/nova", "write pod/LABEL=VALUE,LABEL=VALUE"),
        ("pod/a=b?node=other", "only node=own is known"),
        ("job/x?node=own", "for pods only"),
    ],
)
def test_a_mistake_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(TargetMistakeError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


SCHEMES = ("rabbit", "rabbits", "mysql", "galera", "memcached", "http", "https", "keystone", "tcp", "kafka", "ovsdb:tcp")


@example("rabbit", "/,")
@example("http", "12/")
@example("rabbit", ",")
@settings(max_examples=500)
@given(st.sampled_from(SCHEMES), st.text(st.characters(codec="ascii", exclude_characters="?#"), max_size=12))
def test_secrets_never_stand_in_errors(scheme: str, around: str) -> None:
    """Secrets never in errors or arguments."""
    with pytest.raises(TargetMistakeError) as caught:
        parse(f"{scheme}://nova:{around}hunter2{around}@host:port/x")
    assert "hunter2" not in str(caught.value)


def test_what_is_shown_of_a_text_that_is_not_understood() -> None:
    assert hidden("rabbit://nova:p@ss@host/x?password=1") == "rabbit://***@host/x"
    assert hidden("mysql:/nova:pw@host") == "mysql:/***@host"
    assert hidden("a\nb") == "a?b"


def test_the_page_has_every_form() -> None:
    page = (ROOT / "docs" / "probes" / "wait.md").read_text()
    for form, meaning in FORMS:
        assert f"| `{form}` | {meaning} |\n" in page
