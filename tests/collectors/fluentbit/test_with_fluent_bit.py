"""The made configurations, given to the real Fluent Bit: does it take them, and do events arrive as they should?"""

import dataclasses
import json
import stat
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from collectors.fluentbit import render
from collectors.fluentbit.outputs import LABELS, METADATA
from collectors.fluentbit.settings import FluentBitSettings, LokiOutput, OpenSearchOutput, OtlpOutput
from collectors.forward.client import ForwardSink
from collectors.forward.settings import ForwardInput, ForwardOutput
from collectors.model import Sent
from tests.collectors.fluentbit.cases import CASES, FOLDER
from tests.collectors.forward.driving import driver
from tests.servers.fluent_bit import listens
from tests.servers.forward_link import Link, real_one
from tests.servers.http import Reply
from tests.servers.loki import LokiServer
from tests.servers.opensearch import OpenSearchServer
from tests.servers.otlp import OtlpHttpServer
from tests.servers.process import Process, free_port, wait_until

pytestmark = pytest.mark.servers
PROGRAM = real_one() or ""
LIMIT = 30.0


def started(tmp_path: Path, settings: FluentBitSettings) -> Process:
    """Fluent Bit with this configuration, quicker than in life; it is ready."""
    configuration = tmp_path / "fluent-bit.yaml"
    configuration.write_text(render(settings).replace("flush: 1\n", "flush: 0.2\n").replace("grace: 5\n", "grace: 1\n"))
    process = Process([PROGRAM, "-q", "-c", configuration], tmp_path / "fluent-bit.log")
    socket = settings.events.removeprefix("unix:")
    process.wait_until(lambda: listens(Link(unix=socket)), "it listens")
    return process


def event(number: int) -> dict[str, Any]:
    now = time.time()
    return {
        "timestamp": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{number:06d}Z",
        "severity_text": "ERROR",
        "severity_number": 17,
        "body": f"event {number}",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "resource": {"service.name": "nova-compute", "k8s.namespace.name": "openstack", "k8s.pod.name": "nova-compute-x7k2p"},
        "attributes": {"log.record.uid": f"aa:{number}", "openstack.request_id": "req-1", "process.pid": 7},
        "dependency": {"name": "galera", "rule": "x"},
    }


@pytest.mark.parametrize("name", CASES)
def test_fluent_bit_takes_the_configuration(name: str) -> None:
    environment = {"OPENSEARCH_PASSWORD": "x", "LOKI_PASSWORD": "x"}
    words = [PROGRAM, "-q", "--dry-run", "-c", str(FOLDER / f"{name}.yaml")]
    run = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert "error" not in run.stderr.lower()


def test_a_key_that_does_not_exist_would_be_noticed(tmp_path: Path) -> None:
    configuration = tmp_path / "wrong.yaml"
    configuration.write_text(render(CASES["pair_on_a_node"]).replace("require_ack_response", "require_ack_responses"))
    run = subprocess.run([PROGRAM, "-q", "--dry-run", "-c", configuration], capture_output=True, timeout=60, check=False)
    assert run.returncode


def test_events_arrive_at_all_outputs_and_a_bad_moment_of_one_costs_none(tmp_path: Path) -> None:
    with LokiServer() as loki, OpenSearchServer() as search, OtlpHttpServer() as otlp:
        loki.plan.append(Reply(503))
        search.plan.append(Reply(429))
        settings = FluentBitSettings(
            events=f"unix:{tmp_path}/events.sock",
            state=f"{tmp_path}/state",
            http=f"127.0.0.1:{free_port()}",
            outputs={
                "loki": LokiOutput(url=loki.url, cluster="c1"),
                "search": OpenSearchOutput(url=search.url, index="logs"),
                "otlp": OtlpOutput(url=otlp.url.removesuffix("/v1/logs")),
            },
        )
        sink = ForwardSink("fluent", ForwardOutput(address=settings.events))
        sent = [event(number) for number in range(5)]
        with started(tmp_path, settings) as process:
            assert stat.S_IMODE((tmp_path / "events.sock").stat().st_mode) == 0o660
            assert sink.send(sent, LIMIT) == Sent(5)
            assert sink.send(sent[:2], LIMIT) == Sent(2), "a repeat"
            process.wait_until(
                lambda: len(search.all()) == 5 and len(loki.entries()) >= 5 and len(otlp.received.records()) >= 5, "all"
            )
            health = urllib.request.urlopen(f"http://{settings.http}/api/v2/health", timeout=LIMIT)
            assert health.status == 200
        sink.close()
        check_loki(loki)
        assert sorted(document["body"] for document in search.all()) == [f"event {number}" for number in range(5)]
        assert set(search.documents["logs"]) == {f"aa:{number}" for number in range(5)}
        record = otlp.received.records()[0]
        assert record.severity_text == "ERROR"
        assert record.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"


def all_there(loki: LokiServer, search: OpenSearchServer, otlp: OtlpHttpServer) -> bool:
    return len(search.all()) == 5 and len(loki.entries()) >= 5 and len(otlp.received.records()) >= 5


def check_loki(loki: LokiServer) -> None:
    (labels,) = loki.streams
    assert dict(labels) == {"cluster": "c1", "service": "nova-compute", "namespace": "openstack", "level": "ERROR"}
    assert {name for name, _ in labels} <= {"cluster", *LABELS}
    _, line, metadata = loki.entries()[0]
    assert json.loads(line)["body"].startswith("event ")
    assert metadata["request_id"] == "req-1"
    assert metadata["dependency"] == "galera"
    assert set(metadata) <= set(METADATA)


def test_what_an_output_will_never_take_is_kept_beside(tmp_path: Path) -> None:
    with LokiServer() as loki:
        loki.answer = lambda _: Reply(400, b"no")
        settings = FluentBitSettings(
            events=f"unix:{tmp_path}/events.sock",
            state=f"{tmp_path}/state",
            http="",
            outputs={"loki": LokiOutput(url=loki.url)},
        )
        sink = ForwardSink("fluent", ForwardOutput(address=settings.events))
        with started(tmp_path, settings):
            sink.send([event(1)], LIMIT)
            wait_until(lambda: any((tmp_path / "state" / "rejected").glob("*")), "the dead letter")
        sink.close()


def test_a_pair_sends_lines_to_us_and_takes_events_back_over_unix_sockets(tmp_path: Path) -> None:
    with LokiServer() as loki:
        settings = dataclasses.replace(
            CASES["pair_in_a_pod_whose_service_logs_to_files"],
            events=f"unix:{tmp_path}/events.sock",
            lines=f"unix:{tmp_path}/lines.sock",
            paths=(f"{tmp_path}/*.log*",),
            exclude=("*fluent-bit.log",),
            state=f"{tmp_path}/state",
            outputs={"loki": LokiOutput(url=loki.url)},
        )
        (tmp_path / "nova.log").write_bytes(b"one\ntwo\n")
        source = driver(ForwardInput(listen=settings.lines))
        sink = ForwardSink("fluent", ForwardOutput(address=settings.events))
        with started(tmp_path, settings):
            source.until_lines(2)
            (tmp_path / "nova.log").rename(tmp_path / "nova.log.1")
            (tmp_path / "nova.log").write_bytes(b"three\n")
            source.until_lines(3)
            sink.send([event(1)], LIMIT)
            wait_until(lambda: len(loki.entries()) == 1, "the event")
        assert sorted(source.lines()) == [b"one", b"three", b"two"]
        assert {chunk.path for chunk in source.chunks} <= {f"{tmp_path}/nova.log", f"{tmp_path}/nova.log.1"}
        source.close()
        sink.close()


def test_a_receiver_that_never_answers_does_not_keep_fluent_bit_from_ending(tmp_path: Path) -> None:
    source = driver(ForwardInput(listen=f"unix:{tmp_path}/lines.sock", acknowledge=1))
    source.commit = False
    settings = dataclasses.replace(
        CASES["pair_in_a_pod_whose_service_logs_to_files"],
        events=f"unix:{tmp_path}/events.sock",
        lines=f"unix:{tmp_path}/lines.sock",
        paths=(f"{tmp_path}/*.log*",),
        exclude=("*fluent-bit.log",),
        state=f"{tmp_path}/state",
    )
    (tmp_path / "nova.log").write_bytes(b"one\n")
    with started(tmp_path, settings) as process:
        source.until_lines(1)
        process._popen.terminate()
        source.until(lambda: not process.running(), "its end")
        assert process._popen.returncode == 0
    source.close()
