"""Configurations of Fluent Bit, as text."""

import re
from typing import Any

import pytest
import yaml

from collectors.fluentbit import render
from collectors.fluentbit.outputs import LABELS
from collectors.fluentbit.settings import (
    FluentBitSettings,
    KafkaOutput,
    LokiOutput,
    OpenSearchOutput,
    OtlpOutput,
    Output,
    S3Output,
)
from tests.collectors.fluentbit.cases import CASES, FOLDER

ALL = pytest.mark.parametrize("name", CASES)
LOKI: dict[str, Output] = {"loki": LokiOutput(url="http://loki:3100")}


def parsed(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(render(CASES[name]))
    return loaded


@ALL
def test_a_configuration_is_the_one_that_was_checked_in(name: str) -> None:
    assert render(CASES[name]) == (FOLDER / f"{name}.yaml").read_text(), "python -m tests.collectors.fluentbit.cases"


def test_no_configuration_lies_around() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)


@ALL
def test_the_settings_of_the_cases_are_right(name: str) -> None:
    assert list(CASES[name].mistakes()) == []


@ALL
def test_no_output_loses_what_it_cannot_deliver_at_once(name: str) -> None:
    for output in parsed(name)["pipeline"]["outputs"]:
        assert output["retry_limit"] == "no_limits" or output["retry_limit"] >= 50
        assert output["storage.total_limit_size"].endswith("M")
        assert "unix_path" in output or output["name"] in ("kafka", "s3") or "net.io_timeout" in output


@ALL
def test_every_input_buffers_on_disk_and_none_in_bounded_memory(name: str) -> None:
    configuration = parsed(name)
    for given in configuration["pipeline"].get("inputs", []):
        assert given["storage.type"] == "filesystem"
        assert configuration["service"]["storage.path"].startswith("/")
    assert not re.search(r"^ *mem_buf_limit", render(CASES[name]), re.MULTILINE)


@ALL
def test_a_key_stands_once_in_its_section_and_no_line_is_empty(name: str) -> None:
    text = render(CASES[name])
    sections = re.split(r"^    - |^\S", text, flags=re.MULTILINE)
    for section in sections:
        keys = re.findall(r"^ *([\w.@]+):", section, re.MULTILINE)
        assert len(keys) == len(set(keys))
    assert "" not in text.split("\n")[:-1]


def test_loki_gets_at_most_five_labels() -> None:
    assert len(LABELS) + len(["cluster"]) <= 5


@pytest.mark.parametrize("output", [LokiOutput(url="https://h", user="u", password_env="SECRET"), OtlpOutput(url="http://h")])
def test_secrets_are_variables_of_the_environment(output: Output) -> None:
    (section,) = yaml.safe_load(render(FluentBitSettings(outputs={"x": output})))["pipeline"]["outputs"]
    assert section.get("http_passwd") in ("${SECRET}", None)


def test_the_password_and_tls_of_an_output_are_its_own() -> None:
    (section,) = parsed("node_agent_to_opensearch")["pipeline"]["outputs"]
    assert section["tls"] is section["tls.verify"] is section["tls.verify_hostname"] is True
    assert section["tls.ca_file"] == "/etc/stratoscope/ca.pem"
    assert section["port"] == 9200


@pytest.mark.parametrize(
    ("url", "host", "port", "uri"),
    [
        ("http://loki", "loki", 80, "/loki/api/v1/push"),
        ("https://loki/x/", "loki", 443, "/x/loki/api/v1/push"),
        ("http://[::1]:3100", "::1", 3100, "/loki/api/v1/push"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, uri: str) -> None:
    (section,) = yaml.safe_load(render(FluentBitSettings(outputs={"x": LokiOutput(url=url)})))["pipeline"]["outputs"]
    assert (section["host"], section["port"], section["uri"]) == (host, port, uri)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (FluentBitSettings(), "outputs"),
        (FluentBitSettings(events="nowhere", outputs=LOKI), "events"),
        (FluentBitSettings(events="unix:relative.sock", outputs=LOKI), "events"),
        (FluentBitSettings(role="raw", lines="x:99999"), "lines"),
        (FluentBitSettings(role="pair", paths=(), outputs=LOKI), "paths"),
        (FluentBitSettings(http="unix:/x", outputs=LOKI), "http"),
        (FluentBitSettings(http="2020", outputs=LOKI), "http"),
        (FluentBitSettings(state="here", outputs=LOKI), "state"),
        (FluentBitSettings(state="/${HOME}", outputs=LOKI), "state"),
        (FluentBitSettings(role="raw", match='x"\n'), "match"),
        (FluentBitSettings(role="pair", paths=("/a b",), outputs=LOKI), "paths[0]"),
        (FluentBitSettings(role="pair", exclude=("a;b",), outputs=LOKI), "exclude[0]"),
        (FluentBitSettings(outputs={"a b": LOKI["loki"]}), "outputs.a b"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="loki:3100")}), "outputs.x.url"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="http://u:p@loki")}), "outputs.x.url"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="http://h", user="u")}), "outputs.x.password_env"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="http://h", user="u", password_env="a-b")}), "outputs.x.password_env"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="http://h", cluster="a, b=c")}), "outputs.x.cluster"),
        (FluentBitSettings(outputs={"x": LokiOutput(url="http://h", limit=1)}), "outputs.x.limit"),
        (FluentBitSettings(outputs={"x": OpenSearchOutput(url="http://h", retries=0)}), "outputs.x.retries"),
        (FluentBitSettings(outputs={"x": OpenSearchOutput(url="http://h", index="a b")}), "outputs.x.index"),
        (FluentBitSettings(outputs={"x": KafkaOutput(brokers=())}), "outputs.x.brokers"),
        (FluentBitSettings(outputs={"x": KafkaOutput(brokers=("kafka",))}), "outputs.x.brokers[0]"),
        (FluentBitSettings(outputs={"x": S3Output(bucket="b", endpoint="rgw")}), "outputs.x.endpoint"),
        (FluentBitSettings(outputs={"x": S3Output(bucket="$b")}), "outputs.x.bucket"),
    ],
)
def test_a_mistake_is_told_at_its_key_with_what_to_do(settings: FluentBitSettings, key: str) -> None:
    assert key in [name for name, _ in settings.mistakes()]
    assert all(len(text) > 10 and "\n" not in text for _, text in settings.mistakes())
