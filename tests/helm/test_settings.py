"""The settings that the chart writes are read by the programs that it starts with them."""

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.fluentbit import render
from collectors.pods.settings import PodsInput
from exporters.agents.clouds import from_environment
from stratoscope.cli import main
from stratoscope.collect import settings as collect
from stratoscope.export import settings as export
from stratoscope.inject.names import OWN
from stratoscope.inject.settings import InjectSettings
from stratoscope.settings.load import document_at
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import structured
from tests.helm.render import GOOD, Way, kinds, named, pods, versions_of

EVERYTHING = Way("everything-values.yaml")
ALL = [Way(values, kubernetes=versions_of(values)[-1]) for values in GOOD]
VARIABLES = ("GALERA_PASSWORD", "CREDENTIAL", "LOKI_PASSWORD")


def files_of(way: Way, folder: Path) -> dict[str, Path]:
    """Name of the ConfigMap -> its settings file, in a folder; what stands in a Secret of the pod is put beside it."""
    found = {}
    for one in kinds(way, "ConfigMap"):
        for name, text in one.get("data", {}).items():
            if name not in ("collect.yaml", "export.yaml", "webhook.yaml"):
                continue
            path = folder / one["metadata"]["name"] / name
            path.parent.mkdir()
            path.write_text(_with_files_in(text, path.parent))
            found[one["metadata"]["name"]] = path
    return found


def _with_files_in(text: str, folder: Path) -> str:
    """The settings with the paths of secrets and certificates below `folder`, where they are made."""
    for mounted in set(re.findall(r"/(?:run/secrets|etc/web-config)/\S+", text)):
        path = folder / mounted.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("swordfish" if "web-config" not in mounted else "{}")
    return re.sub(r"/(?=(?:run/secrets|etc/web-config)/)", f"{folder}/", text)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the containers' environment, out of Secrets."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "swordfish")


@pytest.mark.parametrize("way", ALL, ids=str)
def test_stratoscope_check_finds_nothing_wrong(way: Way, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, path in files_of(way, tmp_path).items():
        assert main(["check", str(path)]) == 0, capsys.readouterr().out
        kind = {"-agent": "collect", "-webhook": "webhook"}.get(name[name.rindex("-") :], "export")
        assert capsys.readouterr().out.endswith(f"fine, settings of stratoscope {kind}\n")


@pytest.mark.parametrize("way", ALL, ids=str)
def test_the_container_starts_the_command_that_its_settings_are_for(way: Way) -> None:
    for name, pod in pods(way):
        if name.startswith(("Job", "CronJob")):
            continue
        main_container = pod["spec"]["containers"][-1]
        command, option, path = main_container["args"]
        assert option == "-c"
        (settings,) = [one["configMap"]["name"] for one in pod["spec"]["volumes"] if one["name"] == "settings"]
        assert list(named(way, "ConfigMap", settings)["data"]) == [path.removeprefix("/etc/stratoscope/")]
        assert path == f"/etc/stratoscope/{command}.yaml"


def loaded(way: Way, suffix: str, folder: Path) -> Any:
    path = next(path for name, path in files_of(way, folder).items() if name.endswith(suffix))
    module = collect if path.name == "collect.yaml" else export
    return module.settings_in(document_at(path), path)


def test_the_agent_ships_to_all_outputs_under_the_name_of_the_cloud(tmp_path: Path) -> None:
    settings = loaded(EVERYTHING, "-agent", tmp_path)
    assert settings.fluent_bit.outputs.keys() == {"loki", "search", "collector", "bus", "archive"}
    assert settings.fluent_bit.outputs["loki"].cluster == "cloud-1"
    assert settings.sinks.keys() == {"direct", "otlp", "fluent-bit"}
    assert settings.sinks["direct"].to.cluster == "cloud-1"
    assert settings.sinks["fluent-bit"].to.address == settings.fluent_bit.events
    text = render(settings.fluent_bit)
    assert 'http_listen: "::"' in text
    assert "http_port: 2021" in text
    assert yaml.safe_load(text)["pipeline"]["inputs"][0]["unix_path"] == "/run/stratoscope/events.sock"


def test_fluent_bit_and_the_agent_share_what_their_settings_name(tmp_path: Path) -> None:
    settings = loaded(EVERYTHING, "-agent", tmp_path)
    (pod,) = [pod for name, pod in pods(EVERYTHING) if name.endswith("-agent")]
    configuration, fluent_bit = pod["spec"]["initContainers"]
    (agent,) = pod["spec"]["containers"]
    mounts = {
        one["name"]: {mount["mountPath"]: mount for mount in one["volumeMounts"]} for one in (configuration, fluent_bit, agent)
    }
    of_fluent_bit, of_agent = mounts["stratoscope-fluent-bit"], mounts["stratoscope-agent"]
    assert of_fluent_bit["/run/stratoscope"]["name"] == of_agent["/run/stratoscope"]["name"]
    assert settings.fluent_bit.state in of_fluent_bit
    assert str(settings.state) in of_agent
    assert of_fluent_bit[settings.fluent_bit.state]["subPath"] != of_agent[str(settings.state)]["subPath"]
    assert of_fluent_bit["/etc/fluent-bit"]["name"] == mounts["stratoscope-configuration"]["/etc/fluent-bit"]["name"]
    assert "> /etc/fluent-bit/fluent-bit.yaml" in configuration["command"][-1]
    assert fluent_bit["command"][-1] == "/etc/fluent-bit/fluent-bit.yaml"
    assert fluent_bit["ports"] == [{"name": "fluent-bit", "containerPort": 2021, "protocol": "TCP"}]
    assert of_agent[str(settings.sources["pods"].folder)]["readOnly"] is True
    assert settings.drain < pod["spec"]["terminationGracePeriodSeconds"]


def test_with_nowhere_to_ship_to_events_are_printed_and_there_is_no_fluent_bit(tmp_path: Path) -> None:
    settings = loaded(Way(), "-agent", tmp_path)
    assert settings.fluent_bit is None
    assert settings.sinks.keys() == {"stdout"}
    (pod,) = [pod for name, pod in pods(Way()) if name.endswith("-agent")]
    assert "initContainers" not in pod["spec"]


def test_the_agent_does_not_read_its_own_output_and_reads_that_of_sidecars(tmp_path: Path) -> None:
    source = loaded(Way(), "-agent", tmp_path).sources["pods"]
    assert isinstance(source, PodsInput)
    assert "*/*/stratoscope-agent" in source.exclude
    assert "*/*/stratoscope-fluent-bit" in source.exclude
    assert not any(fnmatch(f"openstack/nova/{name}", glob) for name in OWN for glob in source.exclude)


def test_what_an_exporter_asks_comes_through_as_it_was_written(tmp_path: Path) -> None:
    exporters = loaded(EVERYTHING, "-exporter-galera", tmp_path).settings.exporters
    (galera,) = exporters.galera
    assert galera.thresholds.lag == 2_000_000, "a whole number that Helm does not turn into 2e+06"
    assert galera.collection.max_series == 1_000_000
    assert galera.thresholds.paused == 0.2


def test_exporters_that_are_joined_run_in_the_process_of_the_agents(tmp_path: Path) -> None:
    exporters = loaded(EVERYTHING, "-exporter-agents", tmp_path).settings.exporters
    assert [len(one) for one in (exporters.agents, exporters.rabbitmq, exporters.ovn, exporters.hosts)] == [1, 1, 1, 1]
    assert not exporters.galera
    names = {name for name, _ in pods(EVERYTHING)}
    assert not {"Deployment/obs-observer-exporter-rabbitmq", "Deployment/obs-observer-exporter-ovn"} & names
    (pod,) = [pod for name, pod in pods(EVERYTHING) if name.endswith("-exporter-agents")]
    mounted = {mount["mountPath"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    assert mounted >= {"/run/secrets/stratoscope/rabbitmq", "/run/secrets/stratoscope/ovn", "/etc/ca"}


def test_the_node_exporter_finds_the_sockets_where_they_are_mounted(tmp_path: Path) -> None:
    exporters = loaded(EVERYTHING, "-exporter-ovs", tmp_path).settings.exporters
    (ovs,), (ovn,) = exporters.ovs, exporters.ovn
    (pod,) = [pod for name, pod in pods(EVERYTHING) if name.endswith("-exporter-ovs")]
    mounted = {mount["mountPath"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    assert {str(ovs.run_dir), str(ovn.controller.run_dir)} <= mounted
    assert ovn.controller.database == f"unix:{ovs.run_dir}/db.sock"
    assert ovs.max_interfaces == 2000


@pytest.mark.parametrize("way", [way for way in ALL if kinds(way, "MutatingWebhookConfiguration")], ids=str)
def test_the_injector_takes_its_settings(way: Way, tmp_path: Path) -> None:
    (text,) = [one["data"]["webhook.yaml"] for one in kinds(way, "ConfigMap") if "webhook.yaml" in one.get("data", {})]
    settings = yaml.safe_load(text)
    inject = structured(settings["inject"], InjectSettings, Surroundings(tmp_path, {}))
    (pod,) = [pod for name, pod in pods(way) if name.endswith("-webhook")]
    (container,) = pod["spec"]["containers"]
    assert inject.image == container["image"]
    assert settings["listen"] == f":{container['ports'][0]['containerPort']}"
    assert settings["events"] is pod["spec"]["automountServiceAccountToken"]


OSH_ADMIN = {
    "OS_AUTH_URL": "http://keystone-api.openstack.svc.cluster.local:5000/v3",
    "OS_REGION_NAME": "RegionOne",
    "OS_INTERFACE": "internal",
    "OS_PROJECT_DOMAIN_NAME": "default",
    "OS_PROJECT_NAME": "admin",
    "OS_USER_DOMAIN_NAME": "default",
    "OS_USERNAME": "admin",
    "OS_PASSWORD": "password",
    "OS_DEFAULT_DOMAIN": "default",
}
"""The keys of keystone-keystone-admin (helm-toolkit, snippets/_keystone_secret_openrc.tpl), with openstack-helm's defaults."""


def test_the_exporter_of_agents_logs_in_with_what_openstack_helm_has_in_its_secret() -> None:
    (pod,) = [pod for name, pod in pods(Way("osh-cloud-values.yaml")) if name.endswith("-exporter-agents")]
    assert pod["spec"]["containers"][0]["envFrom"] == [{"secretRef": {"name": "keystone-keystone-admin"}}]
    access = from_environment(OSH_ADMIN)
    assert access.regions == ("RegionOne",)
    assert access.interface == "internal"
