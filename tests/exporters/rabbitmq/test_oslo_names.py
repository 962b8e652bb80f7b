"""Queue names as oslo.messaging makes them, read in the company of their neighbours."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.rabbitmq.oslo_names import CLASSES, Name, classified

HEX = "0f" * 16
MANAGED = "cmp001:nova-compute:3"


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        pytest.param({"compute"}, Name("rpc_topic", "topic", "compute"), id="a well-known topic alone"),
        pytest.param({"mine"}, Name("other", "other"), id="a queue of somebody else"),
        pytest.param({"mine", "mine.host1"}, Name("rpc_topic", "topic", "mine"), id="a topic known by its server"),
        pytest.param({"mine", f"mine_fanout_{HEX}"}, Name("rpc_topic", "topic", "mine"), id="a topic known by its fanout"),
        pytest.param({"mine.host1"}, Name("other", "other"), id="a dotted name without neighbours"),
        pytest.param({"compute.cmp001"}, Name("rpc_server", "server", "compute", "cmp001"), id="a server"),
        pytest.param({"compute.cmp001.example.org"}, Name("rpc_server", "server", "compute", "cmp001.example.org"), id="FQDN"),
        pytest.param(
            {"ironic.conductor_manager.ctl1"},
            Name("rpc_server", "server", "ironic.conductor_manager", "ctl1"),
            id="a topic with a dot",
        ),
        pytest.param(
            {"a.b.ctl1", f"a.b_fanout_{HEX}"},
            Name("rpc_server", "server", "a.b", "ctl1"),
            id="a topic with a dot, by its fanout",
        ),
        pytest.param({f"compute_fanout_{HEX}"}, Name("fanout", "fanout", "compute"), id="a fanout"),
        pytest.param({f"compute_fanout_{MANAGED}"}, Name("fanout", "fanout", "compute"), id="a fanout of the queue manager"),
        pytest.param({"compute_fanout"}, Name("fanout", "stream", "compute"), id="a fanout as a stream"),
        pytest.param({f"reply_{HEX}"}, Name("reply", "reply"), id="a reply queue"),
        pytest.param({f"reply_{MANAGED}"}, Name("reply", "reply", host="cmp001"), id="a reply queue of the queue manager"),
        pytest.param({"reply_me"}, Name("other", "other"), id="something that only begins like a reply queue"),
        pytest.param({"notifications.info"}, Name("notification", "notification", "notifications"), id="notifications"),
        pytest.param(
            {"versioned_notifications.error"},
            Name("notification", "notification", "versioned_notifications"),
            id="versioned notifications",
        ),
        pytest.param({"neutron-vo-Port-1.5"}, Name("resource_push", "topic", "neutron-vo-Port-1.5"), id="pushed resources"),
        pytest.param(
            {"neutron-vo-Port-1.5.cmp001"},
            Name("resource_push", "server", "neutron-vo-Port-1.5", "cmp001"),
            id="pushed resources to a host",
        ),
        pytest.param(
            {f"neutron-vo-Port-1.5_fanout_{HEX}"},
            Name("resource_push", "fanout", "neutron-vo-Port-1.5"),
            id="pushed resources to all",
        ),
        pytest.param(
            {"q-agent-x.cmp001.cmp001", "q-agent-x", "q-agent-x.cmp001"},
            Name("rpc_server", "server", "q-agent-x", "cmp001"),
            id="Neutron names the host twice",
        ),
        pytest.param(
            {f"q-agent-x.cmp001_fanout_{HEX}", f"q-agent-x_fanout_{HEX}"},
            Name("fanout", "fanout", "q-agent-x", "cmp001"),
            id="Neutron's fanout of one host",
        ),
        pytest.param(
            {"cinder-volume.vol1@rbd", f"cinder-volume.vol1@rbd_fanout_{HEX}", "cinder-volume"},
            Name("rpc_server", "server", "cinder-volume", "vol1"),
            id="Cinder's back end is a topic too",
        ),
        pytest.param(
            {"cinder-volume.vol1@rbd.vol1"},
            Name("rpc_server", "server", "cinder-volume", "vol1"),
            id="and a server of that topic",
        ),
        pytest.param({f"engine.{uuid.UUID(HEX)}"}, Name("rpc_server", "server", "engine"), id="Heat's engines have no host"),
        pytest.param({"amq.gen-abc"}, Name("other", "other"), id="a name that the broker made"),
    ],
)
def test_a_name_among_its_neighbours(names: set[str], wanted: Name) -> None:
    subject = max(names, key=lambda name: (name.count("."), name.count("_"), len(name)))
    if wanted.form == "topic":
        subject = min(names, key=len)
    elif wanted.form == "server" and any("_fanout" in name for name in names):
        subject = next(name for name in names if "_fanout" not in name and "." in name)
    assert classified(names)[subject] == wanted


name_parts = st.text(st.sampled_from("ab._:@-0f"), max_size=40)


class TestContract:
    """Each name of a vhost -> what it says."""

    @given(st.sets(name_parts | st.just("compute") | st.just(f"compute_fanout_{HEX}"), max_size=20))
    def test_every_name_has_a_class(self, names: set[str]) -> None:
        """Each name is told, none besides, in whatever order they come."""
        told = classified(names)
        assert told.keys() == names
        assert {name.kind for name in told.values()} <= set(CLASSES)
        assert told == classified(sorted(names, reverse=True))
