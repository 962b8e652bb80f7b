"""The mistakes that settings of far sides can have, and what they must not show."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors.sinks.remote import BasicAuth, RemoteSettings, TlsSettings
from collectors.sinks.settings import (
    FileSettings,
    LokiSettings,
    OpenSearchSettings,
    OtlpGrpcSettings,
    OtlpHttpSettings,
    SinkSettings,
    StdoutSettings,
)
from parsers.secret import Secret

FINE = RemoteSettings(url="https://loki.example:3100/behind/a/path")


def keys(settings: Any) -> list[str]:
    return [key for key, _ in settings.mistakes()]


def test_ordinary_settings_have_no_mistakes() -> None:
    tls = TlsSettings(ca=Path("ca.pem"), certificate=Path("our.pem"), key=Path("our.key"))
    assert keys(replace(FINE, tls=tls, bearer=Secret("token"), headers={"X-Tenant": "a"})) == []
    assert keys(RemoteSettings(url="http://[::1]:4318", basic=BasicAuth(username="u", password=Secret("p")))) == []


@pytest.mark.parametrize(
    "url",
    ["", "loki:3100", "ftp://loki", "http://", "http://user:word@loki", "http://loki:0", "http://loki:port", "http://loki?a=b",
     "http://loki/#x", "http://lo ki", "http://loki\n", "http://[::1"],
)  # fmt: skip
def test_urls_that_are_none(url: str) -> None:
    assert keys(RemoteSettings(url=url)) == ["url"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"tls": TlsSettings(key=Path("k"))}, "tls.key"),
        ({"tls": TlsSettings(ca=Path("c"), insecure=True)}, "tls.insecure"),
        ({"url": "http://loki", "tls": TlsSettings(ca=Path("c"))}, "tls"),
        ({"basic": BasicAuth(username="u", password=Secret("p")), "bearer": Secret("t")}, "bearer"),
        ({"basic": BasicAuth(username="u:v", password=Secret("p"))}, "basic.username"),
        ({"basic": BasicAuth(username="u", password=Secret("p\n"))}, "basic.password"),
        ({"bearer": Secret("token\n")}, "bearer"),
        ({"headers": {"X Y": "a"}}, "headers.X Y"),
        ({"headers": {"content-length": "a"}}, "headers.content-length"),
        ({"headers": {"X-Y": "a\r\nZ: b"}}, "headers.X-Y"),
        ({"secret_headers": {"X-Y": Secret("a\n")}}, "secret_headers.X-Y"),
        ({"connect_timeout": 0.0}, "connect_timeout"),
    ],
)
def test_each_mistake_is_told_under_its_key(changes: dict[str, Any], key: str) -> None:
    assert keys(replace(FINE, **changes)) == [key]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (FileSettings(path=Path("x"), rotate_bytes=10), "rotate_bytes"),
        (FileSettings(path=Path("x"), keep=0), "keep"),
        (OtlpHttpSettings(url="http://c:4318", request_bytes=1), "request_bytes"),
        (OtlpGrpcSettings(url="http://c:4317", request_bytes=1), "request_bytes"),
        (OtlpGrpcSettings(url="http://c:4317/v1/logs"), "url"),
        (OtlpGrpcSettings(url="https://c:4317", tls=TlsSettings(insecure=True)), "tls.insecure"),
        (OtlpGrpcSettings(url="http://c:4317", headers={"x-bin": "a"}), "headers.x-bin"),
        (OpenSearchSettings(url="http://o:9200", request_bytes=1), "request_bytes"),
        (OpenSearchSettings(url="http://o:9200", index="Logs"), "index"),
        (OpenSearchSettings(url="http://o:9200", index="_logs"), "index"),
        (OpenSearchSettings(url="http://o:9200", index="logs-{day}"), "index"),
        (LokiSettings(url="http://l:3100/loki/api/v1/push"), "url"),
        (LokiSettings(url="http://l:3100", tenant="a/b"), "tenant"),
        (LokiSettings(url="http://l:3100", line_bytes=1), "line_bytes"),
        (LokiSettings(url="http://l:3100", oldest=-1.0), "oldest"),
    ],
)
def test_each_sink_tells_its_own_mistakes(settings: Any, key: str) -> None:
    assert keys(settings) == [key]


@pytest.mark.parametrize(
    "settings",
    [
        FileSettings(path=Path("x"), rotate_bytes=1 << 20),
        OtlpHttpSettings(url="http://c:4318"),
        OtlpGrpcSettings(url="https://c:4317/"),
        OpenSearchSettings(url="http://o:9200", index="logs-nova-{date}"),
        LokiSettings(url="http://l:3100", tenant="cloud|other", oldest=0.0),
    ],
)
def test_each_sink_has_settings_without_mistakes(settings: Any) -> None:
    assert keys(settings) == []


def test_secrets_show_neither_in_settings_nor_in_their_mistakes() -> None:
    settings = replace(FINE, bearer=Secret("s3cret\n"), secret_headers={"X-Key": Secret("s3cret\n")})
    assert "s3cret" not in repr(settings) + str(list(settings.mistakes()))


@pytest.mark.parametrize(
    ("settings", "kind"),
    [(StdoutSettings(), "stdout"), (FileSettings(path=Path("x")), "file"), (OtlpHttpSettings(url=""), "otlp_http"),
     (OtlpGrpcSettings(url=""), "otlp_grpc"), (OpenSearchSettings(url=""), "opensearch"), (LokiSettings(url=""), "loki")],
)  # fmt: skip
def test_the_kind_names_the_sink(settings: SinkSettings, kind: str) -> None:
    assert settings.kind == kind
