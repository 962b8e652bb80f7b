"""Every pod: what it may do, what it takes, how it is looked at, and that all it refers to is there."""

import re
from collections.abc import Iterator

import pytest

from stratoscope.inject.settings import InjectSettings
from tests.helm.render import GOOD, Manifest, Way, containers, kinds, pods, rendered, versions_of

EVERYTHING = Way("everything-values.yaml")
ALL = [Way(values, kubernetes=versions_of(values)[-1]) for values in GOOD]
NOT_RESTRICTED = {
    "DaemonSet/obs-observer-agent": {"hostPath", "capabilities", "root"},
    "DaemonSet/obs-observer-exporter-ovs": {"hostPath"},
}
"""What keeps a pod from the restricted profile of Pod Security; the templates say why."""
SECRETS = {"galera", "rabbitmq", "ovn", "agents", "web-config", "loki", "loki-ca", "rgw", "mirror", "registry"}
"""Those that ci/everything-values.yaml names; they are yours, and the chart makes none of them."""


def unrestricted(pod: Manifest) -> Iterator[str]:
    """What the restricted profile of Pod Security refuses."""
    spec = pod["spec"]
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    allowed = {"configMap", "emptyDir", "secret", "projected", "downwardAPI", "persistentVolumeClaim", "csi", "ephemeral"}
    if any(volume.keys() - {"name"} - allowed for volume in spec.get("volumes", [])):
        yield "hostPath"
    for container in containers(pod):
        security = container["securityContext"]
        if security["allowPrivilegeEscalation"] or security.get("privileged"):
            yield "privileges"
        if security["capabilities"]["drop"] != ["ALL"] or security["capabilities"].get("add"):
            yield "capabilities"
        if security.get("runAsUser", spec["securityContext"]["runAsUser"]) == 0:
            yield "root"
        if spec["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault":
            yield "seccomp"


def test_all_pods_are_restricted_but_the_two_that_need_the_host() -> None:
    found = {name: set(unrestricted(pod)) for name, pod in pods(EVERYTHING)}
    assert {name: why for name, why in found.items() if why} == NOT_RESTRICTED
    assert len(found) == 7, "agent, ovs, galera, agents (with rabbitmq and ovn in it), webhook, certificate twice"


@pytest.mark.parametrize("way", ALL, ids=str)
def test_every_container_has_bounds_and_a_file_system_that_cannot_be_written(way: Way) -> None:
    for name, pod in pods(way):
        for container in containers(pod):
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            assert "cpu" not in container["resources"]["limits"], f"{name}: what is throttled is late"
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert container["image"].count(":") >= 1, name


@pytest.mark.parametrize("way", ALL, ids=str)
def test_what_runs_for_long_is_looked_at(way: Way) -> None:
    for name, pod in pods(way):
        if name.startswith(("Job", "CronJob")):
            assert pod["spec"]["restartPolicy"] == "OnFailure"
            continue
        lasting = [one for one in pod["spec"].get("initContainers", []) if one.get("restartPolicy") == "Always"]
        for container in [*lasting, *pod["spec"]["containers"]]:
            ports = {port["name"] for port in container["ports"]}
            wanted = ["startupProbe", "livenessProbe", *([] if container in lasting else ["readinessProbe"])]
            for probe in wanted:
                assert container[probe]["httpGet"]["port"] in ports, f"{name} {probe}"
            assert container in pod["spec"]["containers"] or "readinessProbe" not in container


def test_the_user_is_that_of_the_image_and_of_sidecars() -> None:
    users = {pod["spec"]["securityContext"]["runAsUser"] for name, pod in pods(EVERYTHING) if name not in NOT_RESTRICTED}
    assert users == {InjectSettings().uid}


@pytest.mark.parametrize("way", ALL, ids=str)
def test_all_that_a_pod_refers_to_is_there(way: Way) -> None:
    made = {(one["kind"], one["metadata"]["name"]) for one in rendered(way)}
    for name, pod in pods(way):
        spec = pod["spec"]
        assert ("ServiceAccount", spec["serviceAccountName"]) in made, name
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        assert len(volumes) == len(spec.get("volumes", [])), f"{name}: a volume stands twice"
        assert {mount["name"] for one in containers(pod) for mount in one.get("volumeMounts", [])} == volumes.keys(), name
        for container in containers(pod):
            paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
            assert len(paths) == len(set(paths)), f"{name}: two mounts at one place"
            variables = [variable["name"] for variable in container.get("env", [])]
            assert len(variables) == len(set(variables)), name
        own = {volume["configMap"]["name"] for volume in volumes.values() if "configMap" in volume} - {"ca"}
        assert {("ConfigMap", one) for one in own} <= made, name


def test_secrets_are_referred_to_and_never_made_with_content() -> None:
    made = {one["metadata"]["name"]: one for way in ALL for one in kinds(way, "Secret")}
    assert all("data" not in one and "stringData" not in one for one in made.values())
    named = set(
        re.findall(
            r"'(?:secretName': |secretKeyRef': \{.*?'name': |secretRef': \{'name': )'([^']+)'", str(list(pods(EVERYTHING)))
        )
    )
    named |= {one["name"] for _, pod in pods(EVERYTHING) for one in pod["spec"]["imagePullSecrets"]}
    assert named - made.keys() == SECRETS


def test_settings_that_change_make_new_pods_and_others_do_not() -> None:
    def checksums(way: Way) -> dict[str, str]:
        return {
            name: pod["metadata"]["annotations"]["checksum/settings"] for name, pod in pods(way) if "ertificate" not in name
        }

    before = checksums(EVERYTHING)
    after = checksums(Way("everything-values.yaml", sets=("exporters.ovs.settings.max_interfaces=1",)))
    assert {name for name in before if before[name] != after[name]} == {"DaemonSet/obs-observer-exporter-ovs"}


def test_the_agent_ships_what_it_has_at_its_end() -> None:
    """Fluent Bit ends after it, and both have the time for it."""
    (agent,) = [pod for name, pod in pods(EVERYTHING) if name.endswith("-agent")]
    _, fluent_bit = agent["spec"]["initContainers"]
    assert fluent_bit["restartPolicy"] == "Always"
    assert agent["spec"]["terminationGracePeriodSeconds"] >= 20 + 5 + 5, "drain, and Fluent Bit's grace"
