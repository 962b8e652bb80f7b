"""Rules that the recorded cluster does not reach, and hostile objects."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stratoscope.doctor import kept
from stratoscope.doctor.inventory import seen
from stratoscope.doctor.looks import LOOKS
from stratoscope.doctor.model import Cluster, File, Finding
from stratoscope.doctor.mounted import files_of
from stratoscope.doctor.rules.table import findings, running, view_of
from stratoscope.doctor.selectors import missing, selects
from stratoscope.doctor.workloads import workload_of
from stratoscope.inject.deciding import decide
from stratoscope.inject.settings import InjectSettings
from tests.stratoscope.doctor.recorded import AT, RecordedApi, looked

ALL = frozenset(one.name for one in LOOKS)


def cluster(files: tuple[File, ...] = (), metrics: Mapping[str, str] | None = None, **objects: Any) -> Cluster:
    lists = {key: tuple(value) for key, value in objects.items()}
    return Cluster("v1.36.3", AT, lists, ALL, files, metrics or {})


def told(one: Cluster, rule: str) -> list[Finding]:
    return [found for found in findings(view_of(one)) if found.rule == rule]


def named(name: str, namespace: str = "", labels: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})}, **more}


def test_an_empty_cluster_has_nothing_wrong() -> None:
    assert findings(view_of(cluster())) == []


def test_exporters_tell_which_target_they_cannot_reach() -> None:
    metrics = """\
stratoscope_exporter_up{exporter="galera",target="main"} 0.0
stratoscope_exporter_success{exporter="galera",target="main"} 0
stratoscope_exporter_up{exporter="ovn",target="a\\"b"} 1.0
stratoscope_exporter_success{exporter="ovn",target="a\\"b"} 0.0
stratoscope_exporter_up{exporter="ovs",target="fine"} 1.0
rubbish
"""
    whats = [one.what for one in told(cluster(metrics={"monitoring/pod": metrics}), "exporters")]
    assert whats == ["the target galera main cannot be reached", 'the target ovn a\\"b failed when asked last']


def test_targets_outside_the_cluster_are_no_services() -> None:
    text = (
        'exporters: {galera: [{nodes: ["db1.example.org:3306", "10.0.0.1:3306", "[::1]:3306"], user: stratoscope, name: main}]}'
    )
    file = File("ConfigMap", "ns", "x", "export.yaml", ("deployment/x",), text)
    assert told(cluster(files=(file,), namespaces=[named("ns")]), "exporters") == []


def test_targets_in_the_cluster_by_each_of_their_names() -> None:
    text = 'x: ["tcp:one:1", "two.ns:1", "http://three.ns.svc:80/path", "ssl:four-0.four.ns.svc.cluster.local:1"]'
    file = File("ConfigMap", "ns", "x", "export.yaml", ("deployment/x",), text)
    whats = " ".join(one.what for one in told(cluster(files=(file,), namespaces=[named("ns")]), "exporters"))
    assert all(f"{name} in ns" in whats for name in ("one", "two", "three", "four"))


def test_selectors() -> None:
    labels = {"a": "1", "b": "2"}
    assert selects({}, labels)
    assert not selects(None, labels)
    assert selects({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "c", "operator": "DoesNotExist"}]}, labels)
    assert not selects({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["2"]}]}, labels)
    assert selects({"matchExpressions": [{"key": "b", "operator": "In", "values": ["2"]}]}, labels)
    assert not selects({"matchExpressions": [{"key": "c", "operator": "Exists"}]}, labels)
    assert not selects({"matchExpressions": [{"key": "c", "operator": "Near"}]}, labels)
    assert missing({"matchLabels": {"c": "3"}}, labels) == "c=3"
    assert missing({"matchExpressions": [{"key": "c", "operator": "In", "values": ["1", "2"]}]}, labels) == "c In 1,2"


def test_pods_by_what_makes_them() -> None:
    owner = {"kind": "ReplicaSet", "name": "api-5d8f", "controller": True}
    pod = named("api-5d8f-x", "ns", {"pod-template-hash": "5d8f"})
    pod["metadata"]["ownerReferences"] = [owner]
    assert workload_of(pod).renewed == "kubectl -n ns rollout restart deployment/api"
    pod["metadata"]["labels"] = {}
    assert workload_of(pod).renewed == "have replicaset/api-5d8f make its pods again, or delete them one by one"
    assert "delete pod/alone" in workload_of(named("alone", "ns")).renewed


def test_a_sidecar_as_root_under_restricted() -> None:
    containers = [
        {"name": name, "volumeMounts": [{"mountPath": "/run/openvswitch"}]}
        for name in ("openvswitch-db", "openvswitch-vswitchd")
    ]
    pod = named("ovs", "ns", {"application": "openvswitch", "component": "server"}, spec={"containers": containers})
    space = named("ns", labels={"stratoscope.io/inject": "enabled", "pod-security.kubernetes.io/enforce": "restricted"})
    pod["spec"]["shareProcessNamespace"] = True
    assert [one.where for one in told(cluster(pods=[pod], namespaces=[space]), "security")] == ["pod/ovs in ns"]


def test_what_is_kept_of_a_pod_decides_as_the_whole_pod() -> None:
    for pod in RecordedApi().get("/api/v1/pods", {})["items"]:
        one = cluster(pods=[pod])
        other = cluster(pods=[kept.pod(pod)])
        judge = lambda subject: decide(subject, InjectSettings(image="x"))  # noqa: E731
        assert [each.outcome for each in seen(one, judge)] == [each.outcome for each in seen(other, judge)]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS := (
        "metadata", "spec", "status", "labels", "annotations", "name", "namespace", "containers", "initContainers", "volumes",
        "volumeMounts", "webhooks", "clientConfig", "service", "rules", "resources", "namespaceSelector", "matchLabels",
        "matchExpressions", "conditions", "containerStatuses", "state", "waiting", "configMap", "ownerReferences", "endpoints",
    )), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
OBJECTS = st.lists(st.dictionaries(st.sampled_from(("metadata", "spec", "status", "webhooks")), JUNK), max_size=3)


class TestHostile:
    """Whatever objects are, the rules come to an end, and raise nothing."""

    @settings(max_examples=150, deadline=None)
    @given(st.dictionaries(st.sampled_from(sorted(ALL)), OBJECTS, max_size=6))
    def test_any_objects(self, objects: dict[str, list[Any]]) -> None:
        keep = {one.name: one.kept for one in LOOKS}
        kept_ones = {name: tuple(map(keep[name], found)) for name, found in objects.items()}
        files = tuple(files_of(kept_ones.get("pods", ())))
        view = view_of(Cluster("v1", AT, kept_ones, ALL, files))
        assert all(one.what and one.where and one.do for one in findings(view))
        list(running(view))


def test_the_recorded_cluster_has_a_service_of_each_kind() -> None:
    counts = {one.profile: (one.pods, one.injected) for one in running(view_of(looked(RecordedApi())))}
    assert counts["nova-api-osapi"] == (2, 0)
    assert counts["keystone"] == (1, 1)


def test_pods_of_ours_that_do_not_run_and_why() -> None:
    labels = {"app.kubernetes.io/part-of": "stratoscope"}
    waiting = {"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]}
    ended = {"initContainerStatuses": [{"name": "i", "state": {"terminated": {"reason": "Error"}}}]}
    homeless = {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
    states = {"waiting": waiting, "ended": ended, "homeless": homeless, "new": {"phase": "Pending"}, "mute": {}}
    pods = [named(name, "ns", labels, status=status) for name, status in states.items()]
    pods.append(named("well", "ns", labels, status={"conditions": [{"type": "Ready", "status": "True"}]}))
    whats = {one.where: one.what for one in told(cluster(pods=pods), "ourselves")}
    assert whats == {
        "pod/waiting in ns": "1 pod not ready: c ImagePullBackOff",
        "pod/ended in ns": "1 pod not ready: i Error",
        "pod/homeless in ns": "1 pod not ready: Unschedulable",
        "pod/new in ns": "1 pod not ready: Pending",
        "pod/mute in ns": "1 pod not ready: unknown",
    }


def test_a_monitor_in_a_namespace_that_prometheus_does_not_look_at() -> None:
    server = named("prometheus", "monitoring", spec={"podMonitorSelector": {}})
    told_of = told(cluster(prometheuses=[server], podmonitors=[named("agent", "stratoscope")]), "monitors")
    assert [one.what for one in told_of] == ["no Prometheus selects it; it wants another namespace"]
    near = cluster(prometheuses=[server], podmonitors=[named("agent", "monitoring")])
    assert told(near, "monitors") == []
    wide = named("prometheus", "monitoring", spec={"podMonitorSelector": {}, "podMonitorNamespaceSelector": {}})
    assert told(cluster(prometheuses=[wide], podmonitors=[named("agent", "stratoscope")]), "monitors") == []


def test_a_pod_shares_its_spec_with_those_of_its_workload() -> None:
    pods = looked(RecordedApi()).all("pods")
    twins = [one for one in pods if workload_of(one).shown == "deployment/nova-api-osapi"]
    assert len({id(one["spec"]) for one in twins}) == 1 < len(twins)
