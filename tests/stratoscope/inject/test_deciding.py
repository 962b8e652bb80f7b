"""What is put in and what is not, one sentence at a time."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import pytest

from probes.profiles.table import PROFILES
from stratoscope.inject.admitting import injected
from stratoscope.inject.deciding import decide
from stratoscope.inject.model import Decision, Owner, Part, Refusal, Subject, Why
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.settings import InjectSettings, Workload
from tests.stratoscope.inject.workloads import SETTINGS, annotated, pod, service, workload

CONDUCTOR = pod(service())
NOBODY = Owner()
NOVA_COMPUTE = {"application": "nova", "component": "compute"}


def decided(of: Mapping[str, Any], settings: InjectSettings = SETTINGS, owner: Owner = NOBODY) -> Decision:
    found = decide(Subject(of, "openstack", owner), settings)
    assert isinstance(found, Decision), found
    return found


def refused(of: Mapping[str, Any], settings: InjectSettings = SETTINGS, owner: Owner = NOBODY) -> Refusal:
    found = decide(Subject(of, "openstack", owner), settings)
    assert isinstance(found, Refusal), found
    return found


@pytest.mark.parametrize(
    ("of", "why", "told"),
    [
        (annotated(CONDUCTOR, inject="false"), Why.OPTED_OUT, "annotation stratoscope.io/inject says so"),
        (pod(service(), restartPolicy="Never"), Why.JOB, "it runs to its end"),
        ({**CONDUCTOR, "metadata": {"ownerReferences": [{"kind": "Job", "name": "x"}]}}, Why.JOB, "it runs to its end"),
        ({**CONDUCTOR, "metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}}, Why.MIRROR, "static pod"),
        (pod(service(), labels={"app.kubernetes.io/part-of": "stratoscope"}), Why.OWN, "part of stratoscope"),
        (pod(service(), initContainers=[{"name": "stratoscope-probe"}]), Why.INJECTED, "there already"),
        (pod(service("nginx")), Why.UNKNOWN, "stratoscope.io/profile: PROFILE"),
        (pod(), Why.UNCLEAR, "has no containers"),
        (annotated(CONDUCTOR, profile="nova-conduktor"), Why.UNCLEAR, "'nova-conduktor'"),
        (annotated(CONDUCTOR, profile="conductor"), Why.UNCLEAR, "there is ironic-conductor, magnum-conductor, nova-conductor"),
        (annotated(CONDUCTOR, profile="x=nova-conductor"), Why.UNCLEAR, "names the container 'x'; the pod has nova-conductor"),
        (annotated(CONDUCTOR, profile=" "), Why.UNCLEAR, "is empty"),
        (annotated(CONDUCTOR, profile="galera,keystone"), Why.UNCLEAR, "names a container twice"),
        (annotated(CONDUCTOR, probes="some"), Why.UNCLEAR, "is 'some'; write one of missing, exec, all, none"),
        (annotated(CONDUCTOR, mode="kill"), Why.UNCLEAR, "write one of observe, enforce"),
        (annotated(CONDUCTOR, port="80"), Why.UNCLEAR, "write a port, 1024 to 65535"),
        (annotated(CONDUCTOR, drain="maybe"), Why.UNCLEAR, 'write "true" or "false"'),
        (
            annotated(pod(service(ports=[{"containerPort": 9800}])), port="9800"),
            Why.PORT_TAKEN,
            "port 9800 is that of container",
        ),
        (annotated(CONDUCTOR, logs="/var/log/../../etc/*"), Why.UNCLEAR, "leads upwards with .."),
        (annotated(CONDUCTOR, logs="var/log/x.log"), Why.UNCLEAR, "is not absolute"),
        (annotated(CONDUCTOR, logs="/*.log"), Why.UNCLEAR, "would be looked for everywhere; name a folder"),
        (annotated(CONDUCTOR, logs="/var/a:b/*.log"), Why.UNCLEAR, "has a colon in it"),
        (pod(service(), volumes=[{"name": "stratoscope-state"}]), Why.UNCLEAR, "stratoscope-state; call it otherwise"),
        (
            {"metadata": {}, "spec": {"containers": [{"name": "nova-conductor"}]}},
            Why.UNSEEN,
            "mounts no volume at /etc/nova/nova.conf",
        ),
        (pod(service("libvirtd")), Why.UNSEEN, "mounts no volume at /run/libvirt"),
        (pod(service("magnum-conductor")), Why.UNSEEN, "stratoscope.io/share-process-namespace"),
        (
            annotated(pod(service(), hostNetwork=True), port="10250"),
            Why.PORT_TAKEN,
            "port 10250 on the host is that of the kubelet",
        ),
        (
            pod(service(labels=None), labels={"app.kubernetes.io/managed-by": "percona-xtradb-cluster-operator"}),
            Why.OPERATED,
            "pxc.sidecars",
        ),
        (
            pod(service("a"), service("b"), labels=NOVA_COMPUTE),
            Why.UNCLEAR,
            "0 of its containers",
        ),
    ],
)
def test_why_nothing_is_put_in(of: Mapping[str, Any], why: Why, told: str) -> None:
    found = refused(of)
    assert found.why is why
    assert told in found.told
    assert "\n" not in found.told


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_what_a_job_makes_is_never_touched(kind: str) -> None:
    assert refused(annotated(CONDUCTOR, profile="nova-conductor"), owner=Owner(kind, "db-sync")).why is Why.JOB


def test_a_place_is_mounted_once() -> None:
    """The kubelet refuses a container with two mounts at one place."""
    mine = [{"name": "x", "mountPath": "/var/lib/stratoscope"}, {"name": "y", "mountPath": "/var/lib/stratoscope/logs"}]
    of = annotated(pod(service("keystone", volumeMounts=mine)), logs="/var/lib/stratoscope/*.log, /var/lib/stratoscope/logs/*")
    _, made = injected(Subject(of), SETTINGS)
    assert made is not None
    for container in made["spec"]["initContainers"]:
        places = [mount["mountPath"] for mount in container["volumeMounts"]]
        assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("container", "whole", "user", "group"),
    [
        ({}, {}, 0, None),
        ({"runAsUser": 7}, {"runAsUser": 9, "runAsGroup": 9}, 7, 9),
        ({}, {"runAsUser": 9, "runAsNonRoot": True}, 9, None),
        ({}, {"runAsNonRoot": True}, 42931, 42931),
        ({"runAsNonRoot": False}, {"runAsNonRoot": True}, 0, None),
    ],
)
def test_the_same_user_is_root_only_where_that_is_allowed(
    container: Mapping[str, Any], whole: Mapping[str, Any], user: int, group: int | None
) -> None:
    of = annotated(pod(service(securityContext=container), securityContext=whole), user="same")
    _, made = injected(Subject(of), SETTINGS)
    assert made is not None
    security = made["spec"]["initContainers"][0]["securityContext"]
    assert (security["runAsUser"], security.get("runAsGroup"), security["runAsNonRoot"]) == (user, group, user != 0)


def test_everything_off_is_nothing_to_do() -> None:
    assert refused(CONDUCTOR, dataclasses.replace(SETTINGS, parts=("logs",))).why is Why.NOTHING_TO_DO


def test_kolla_s_names_are_known() -> None:
    assert decided(pod(service("nova_compute"))).services[0].profile == "nova-compute"


def test_an_annotation_goes_before_labels_and_may_name_several() -> None:
    both = pod(service("a"), service("b"), labels=NOVA_COMPUTE)
    found = decided(annotated(both, profile="a=keystone, b=memcached"))
    assert [(one.container, one.profile) for one in found.services] == [("a", "keystone"), ("b", "memcached")]


def test_the_operators_own_table_goes_before_ours() -> None:
    mine = Workload({"application": "nova"}, "b", "memcached", ("/var/log/mine/*.log",))
    log = [{"name": "logs", "mountPath": "/var/log/mine"}]
    of = pod(service("a"), service("b", volumeMounts=log), labels=NOVA_COMPUTE)
    found = decided(of, dataclasses.replace(SETTINGS, workloads=(mine,)))
    assert [(one.container, one.profile) for one in found.services] == [("b", "memcached")]
    assert (found.logging, found.log_files) == ("b", ("/var/log/mine/*.log",))


def test_rhoso_s_api_has_a_log_file_and_a_container_called_after_its_resource() -> None:
    logs = [{"name": "logs", "mountPath": "/var/log/nova"}]
    of = pod(service("nova-api-log"), service("nova-api-api", volumeMounts=logs), labels={"service": "nova-api"})
    found = decided(of)
    assert [(one.container, one.profile) for one in found.services] == [("nova-api-api", "nova-api-osapi")]
    assert found.log_files == ("/var/log/nova/*.log",)
    assert found.parts == {Part.PROBES, Part.DRAIN, Part.LOGS}


@pytest.mark.parametrize(
    ("probes", "set_"),
    [
        ("missing", ()),
        ("exec", ("livenessProbe",)),
        ("all", ("startupProbe", "livenessProbe", "readinessProbe")),
        ("none", ()),
    ],
)
def test_which_probes_are_set(probes: str, set_: tuple[str, ...]) -> None:
    has = service(livenessProbe={"exec": {"command": ["x"]}}, readinessProbe={"tcpSocket": {"port": 1}})
    assert decided(annotated(pod(has), probes=probes)).probes == {"nova-conductor": set_}


def test_a_start_is_looked_at_only_where_it_was_before() -> None:
    """A startup probe holds up all others, and what it waits for may never be seen."""
    has = service(startupProbe={"exec": {"command": ["x"]}})
    assert decided(annotated(pod(has), probes="exec")).probes["nova-conductor"][0] == "startupProbe"
    assert decided(pod(service())).probes == {"nova-conductor": ("livenessProbe", "readinessProbe")}


def test_who_keeps_a_command_is_told() -> None:
    found = decided(pod(service(livenessProbe={"exec": {"command": ["x"]}})))
    assert found.notes == ('nova-conductor keeps its own livenessProbe, a command; stratoscope.io/probes: "exec" replaces it',)


def test_a_drain_takes_the_grace_that_it_needs() -> None:
    found = decided(pod(service("keystone")))
    assert (found.drained, found.grace) == (("keystone",), 90)
    assert decided(pod(service("keystone"), terminationGracePeriodSeconds=300)).grace is None


@pytest.mark.parametrize(
    ("of", "note"),
    [
        (
            pod(service("keystone", lifecycle={"preStop": {"sleep": {"seconds": 1}}})),
            "has a preStop hook of its own, which stays",
        ),
        (pod(service("cinder-backup")), "draining cinder-backup (work) needs settings of its own; see docs/probes/drain.md"),
    ],
)
def test_drains_that_are_not_set_are_told(of: Mapping[str, Any], note: str) -> None:
    found = decided(of)
    assert found.drained == ()
    assert note in found.notes[0]


def test_a_drain_can_be_left_out() -> None:
    assert decided(annotated(pod(service("keystone")), drain="false")).drained == ()


def test_log_files_that_no_volume_shows_are_told() -> None:
    mounted = pod(service(volumeMounts=[{"name": "l", "mountPath": "/var/log/nova"}]))
    found = decided(annotated(mounted, logs="/var/log/nova/*.log, /srv/x.log"))
    assert found.log_files == ("/var/log/nova/*.log",)
    assert found.notes[-1] == "nova-conductor mounts no volume where /srv/x.log would be: no other container can read it"


def test_a_service_that_nobody_knows_can_have_its_files_read() -> None:
    of = pod(service("masakari", volumeMounts=[{"name": "l", "mountPath": "/var/log/masakari"}]))
    found = decided(annotated(of, logs="/var/log/masakari/*.log"))
    assert (found.services, found.parts, found.port) == ((), frozenset({Part.LOGS}), 0)


def test_libvirt_logs_to_files() -> None:
    found = decided(workload("libvirt-libvirt-default").pod)
    assert found.parts == {Part.PROBES, Part.LOGS}


def test_every_profile_says_what_it_needs() -> None:
    """A folder that a profile names in its privileges is in the table, or is none that a service's container has."""
    assert NEEDS.keys() == {profile.name for profile in PROFILES}
    for profile in PROFILES:
        need = NEEDS[profile.name]
        for privilege in profile.privileges:
            if not privilege.name.startswith("mount of /"):
                continue
            folder = privilege.name.removeprefix("mount of ").removesuffix(", read-only")
            if folder == "/var/log/pods":
                assert "log" in need.off or not any(use.name == "log" for use in profile.uses)
                continue
            wanted = need.required if privilege.needed else (*need.seen, *need.required)
            assert folder in wanted, (profile.name, folder)
        if any(privilege.name.startswith("configuration") for privilege in profile.privileges):
            assert need.config, profile.name


@pytest.mark.parametrize(("where", "loopback"), [("loopback", True), ("node", False)])
def test_where_it_listens_on_a_host(where: Literal["loopback", "node"], loopback: bool) -> None:
    found = decided(pod(service(), hostNetwork=True), dataclasses.replace(SETTINGS, host_listen=where))
    assert found.loopback is loopback
    assert not decided(CONDUCTOR, dataclasses.replace(SETTINGS, host_listen=where)).loopback
