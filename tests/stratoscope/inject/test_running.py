"""What stands in the annotations is what our own programs run by; what a log sidecar writes is read again by a node's agent."""

import http.client
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors.pods.names import Chosen, container_of
from collectors.pods.settings import PodsInput
from parsers.model import Event
from parsers.parser import Parser
from stratoscope.inject import names
from stratoscope.inject.admitting import injected
from stratoscope.inject.model import Subject
from tests.servers.process import Process, server_ports, wait_until
from tests.stratoscope.inject.workloads import SETTINGS, annotated, pod, service

pytestmark = pytest.mark.servers
LOG = """\
2026-11-23 03:33:01.807 7 INFO masakari.engine [None req-5f1c1b2e-0000-4000-8000-000000000002 - - - - -] Starting
2026-11-23 03:33:02.100 7 ERROR masakari.engine [None req-5f1c1b2e-0000-4000-8000-000000000002 - - - - -] It failed: Boom
2026-11-23 03:33:02.100 7 ERROR masakari.engine Traceback (most recent call last):
2026-11-23 03:33:02.100 7 ERROR masakari.engine   File "/a/b.py", line 3, in run
2026-11-23 03:33:02.100 7 ERROR masakari.engine     boom("\u00e9")
2026-11-23 03:33:02.100 7 ERROR masakari.engine ValueError: Boom
2026-11-23 03:33:02.100 7 ERROR masakari.engine
2026-11-23 03:33:03.000 7 WARNING masakari.engine [-] The last one
"""


def built(of: dict[str, Any]) -> dict[str, Any]:
    _, made = injected(Subject(of), SETTINGS)
    assert made is not None
    return made


def settings(made: dict[str, Any], name: str, folder: Path) -> Path:
    """The file that a sidecar finds, its volumes being in a folder."""
    text = made["metadata"]["annotations"][name]
    for place in ("/var/lib/stratoscope", "/var/log/masakari", "/etc/nova"):
        text = text.replace(place, f"{folder}{place}")
    file = folder / "settings.yaml"
    file.write_text(text)
    return file


def asked(probe: dict[str, Any]) -> tuple[int, str]:
    """As the kubelet asks: status and body."""
    where = probe["httpGet"]
    connection = http.client.HTTPConnection("127.0.0.1", where["port"], timeout=60)
    try:
        connection.request("GET", where["path"])
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def running(command: str, config: Path, folder: Path) -> Iterator[Process]:
    """One of our programs as a sidecar starts it, its output in a file of its own."""
    program = f"exec {sys.executable} -m stratoscope {command} -c {config} >{folder}/out"
    with Process(["sh", "-c", program], folder / "log") as process:
        yield process


def answers(probe: dict[str, Any], status: int) -> bool:
    try:
        return asked(probe)[0] == status
    except OSError:
        return False


def test_a_probe_sidecar_answers_where_the_probes_of_its_services_ask(tmp_path: Path) -> None:
    """Nobody is there: no broker, no service. Nothing is killed for that, and nothing is ready."""
    (port,) = server_ports(1)
    for folder in ("etc/nova", "var/lib/stratoscope"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/nova/nova.conf").write_text("[DEFAULT]\ntransport_url = rabbit://u:p@127.0.0.1:1//\n")
    of = annotated(pod(service(), service("placement"), terminationGracePeriodSeconds=90), port=str(port), probes="all")
    made = built(of)
    nova, placement = made["spec"]["containers"]
    (sidecar,) = made["spec"]["initContainers"]
    with running("probe", settings(made, names.PROBE_SETTINGS, tmp_path), tmp_path) as process:
        process.wait_until(lambda: answers(sidecar["livenessProbe"], 200), "the sidecar is well")
        for container in (nova, placement):
            assert asked(container["livenessProbe"])[0] == 200
            assert asked(container["readinessProbe"])[0] == 503
            assert asked(container["startupProbe"])[0] == 503
        status, told = asked(placement["lifecycle"]["preStop"])
        assert (status, "placement" in told) == (200, True), told
        assert "lifecycle" not in nova


def events(text: bytes) -> list[Event]:
    parser = Parser()
    return [*parser.feed(text, 0.0), *parser.close()]


def told(event: Event) -> Event:
    """All of an event but where it stood, when it was read, and the id that comes of that."""
    kept = {key: value for key, value in event.items() if key not in ("source", "observed_timestamp")}
    return kept | {"attributes": {key: value for key, value in kept["attributes"].items() if not key.startswith("log.")}}


def test_a_node_s_agent_reads_what_a_log_sidecar_writes(tmp_path: Path) -> None:
    folder = tmp_path / "var/log/masakari"
    folder.mkdir(parents=True)
    (folder / "engine.log").write_text(LOG)
    mounted = service("masakari-engine", volumeMounts=[{"name": "logs", "mountPath": "/var/log/masakari"}])
    made = built(annotated(pod(mounted), logs="/var/log/masakari/*.log"))
    out = tmp_path / "out"
    with running("collect", settings(made, names.LOG_SETTINGS, tmp_path), tmp_path):
        wait_until(lambda: out.exists() and out.read_bytes().count(b"\n") >= 3, "three events")
    lines = out.read_bytes().splitlines()
    written = [json.loads(line) for line in lines]
    wrapped = b"".join(b"2026-11-23T03:33:05.000000000Z stdout F " + line + b"\n" for line in lines)
    read = events(wrapped)
    assert {event["source"]["format"] for event in read} == {"stratoscope.json"}
    assert [told(event) for event in read] == [told(event) for event in written]
    assert [event["severity_text"] for event in read] == ["INFO", "ERROR", "WARNING"]
    assert read[1]["exceptions"][0]["type"] == "ValueError"


@pytest.mark.parametrize("container", sorted(names.OWN))
def test_a_node_s_agent_leaves_no_sidecar_out(container: str) -> None:
    """What it leaves out by default are stratoscope's own pods, as it would read what it writes itself."""
    defaults = PodsInput()
    name = container_of(f"/var/log/pods/openstack_libvirt-x7_0a1b2c3d-0000-4000-8000-000000000001/{container}/0.log")
    assert name in Chosen(defaults.include, defaults.exclude)
