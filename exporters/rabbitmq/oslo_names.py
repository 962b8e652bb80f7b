"""What a queue is for, told from its name: the grammar of oslo.messaging. Pure.

The names are made in `oslo_messaging/_drivers/impl_rabbit.py` (`declare_topic_consumer`, `declare_fanout_consumer`,
`_get_reply_queue_name`) and, with the queue manager, in `amqpdriver.py` (`QManager.get`). An RPC server of topic `compute` on
host `cmp001` has three queues: `compute`, `compute.cmp001`, `compute_fanout_<32 hex>`.

A name alone does not tell whether `ironic.conductor_manager` is a topic or the host `conductor_manager` of the topic `ironic`,
nor whether `reports` belongs to OpenStack at all. Its neighbours in the vhost do: where there is `x_fanout_...`, or both `x`
and `x.y`, `x` is a topic. Hence `classified` wants all names of a vhost.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CLASSES = ("rpc_topic", "rpc_server", "fanout", "reply", "notification", "resource_push", "other")
"""Values of the label `class`."""

Form = Literal["topic", "server", "fanout", "stream", "reply", "notification", "other"]


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says. `topic` and `host` are empty where it does not tell them.

    `form` is what the driver declared: `fanout` is the queue of one process, `stream` (rabbit_stream_fanout) that of all on the
    topic. `kind` is the class; the resource versions that Neutron pushes have a class of their own, in all forms.
    """

    kind: str
    form: Form
    topic: str = ""
    host: str = ""


WELL_KNOWN = frozenset(
    "compute conductor scheduler q-plugin q-l3-plugin q-reports-plugin q-server-resource-versions l3_agent dhcp_agent"
    " cinder-scheduler cinder-volume cinder-backup manila-scheduler manila-share manila-data engine engine_worker"
    " heat-engine-listener octavia_provisioning_v2 ironic.conductor_manager central producer worker mdns magnum-conductor"
    " barbican.workers trove-conductor trove-taskmanager mistral_engine mistral_executor".split()
)
"""Topics that are known even when their last server has been gone for so long that only `compute` is left of its queues."""

_OTHER = Name("other", "other")
_KINDS: dict[Form, str] = {"topic": "rpc_topic", "server": "rpc_server", "fanout": "fanout", "stream": "fanout"}

_FANOUT = re.compile(r"(.+)_fanout(_(?:[0-9a-f]{32}|[^:]+:[^:]+:\d+))?")
_REPLY = re.compile(r"reply_(?:[0-9a-f]{32}|([^:]+):[^:]+:\d+)")
_NOTIFICATION = re.compile(r"(.+)\.(?:audit|debug|info|warn|error|critical|sample)")
_PUSHED = re.compile(r"(neutron-vo-[A-Za-z0-9]+-\d+\.\d+)(?:\.(.+))?")
_NO_HOST = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")  # Heat's engines are called by a UUID


def classified(names: Iterable[str]) -> dict[str, Name]:
    """Each name of a vhost -> what it says."""
    found: dict[str, Name] = {}
    fanouts: list[tuple[str, str, Form]] = []
    plain: list[str] = []
    for name in names:
        if match := _FANOUT.fullmatch(name):
            fanouts.append((name, match[1], "fanout" if match[2] else "stream"))
        elif (told := _told(name)) is not None:
            found[name] = told
        else:
            plain.append(name)
    topics = _topics(plain, {topic for _, topic, _ in fanouts})
    for name, topic, form in fanouts:
        found[name] = _named(topic, topics, form)
    for name in plain:
        found[name] = _named(name, topics, "topic")
    return found


def _told(name: str) -> Name | None:
    """What the name tells without its neighbours; None: nothing."""
    if match := _REPLY.fullmatch(name):
        return Name("reply", "reply", host=match[1] or "")
    if match := _NOTIFICATION.fullmatch(name):
        return Name("notification", "notification", match[1])
    if name.startswith("amq."):
        return _OTHER
    return None


def _topics(plain: list[str], fanned: set[str]) -> set[str]:
    everything = fanned.union(plain)
    topics = fanned.union(WELL_KNOWN)
    for name in everything:
        topics.update(prefix for prefix in _prefixes(name) if prefix in everything)
    return topics


def _prefixes(name: str) -> Iterable[str]:
    """What stands before each dot, shortest first."""
    end = name.find(".")
    while end >= 0:
        yield name[:end]
        end = name.find(".", end + 1)


def _named(name: str, topics: set[str], form: Form) -> Name:
    """Topic and host of `name`. The shortest topic wins: `cinder-volume.a@rbd` is a topic too, that of one host's back end."""
    if match := _PUSHED.fullmatch(name):
        return Name("resource_push", "server" if match[2] and form == "topic" else form, match[1], _host(match[2] or ""))
    for prefix in _prefixes(name):
        if prefix in topics:
            form = "server" if form == "topic" else form
            return Name(_KINDS[form], form, prefix, _host(name[len(prefix) + 1 :]))
    if name in topics:
        return Name(_KINDS[form], form, name)
    return _OTHER


def _host(text: str) -> str:
    """The host in `cmp001`, `cmp001@rbd-1` (Cinder), `cmp001@rbd-1.cmp001`, `cmp001.cmp001` (Neutron); empty for a UUID."""
    host = text.partition("@")[0]
    half = len(host) // 2
    if len(host) % 2 and host[half] == "." and host[:half] == host[half + 1 :]:
        host = host[:half]
    return "" if _NO_HOST.fullmatch(host) else host
