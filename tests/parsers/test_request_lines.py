"""Request lines of real services, and messages that only look like them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.request_lines import client_attributes, http_attributes, request_attributes, severity_of

REAL: list[tuple[str, dict[str, Any]]] = [
    (  # nova.osapi_compute.wsgi.server
        '10.8.120.199 "GET /v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail HTTP/1.1" status: 200 len: 1849 time: 0.2477829',
        {
            "client.address": "10.8.120.199",
            "http.request.method": "GET",
            "url.path": "/v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail",
            "network.protocol.version": "1.1",
            "http.response.status_code": 200,
            "http.response.body.size": 1849,
            "http.server.request.duration": 0.2477829,
        },
    ),
    (  # neutron.wsgi: two blanks, and the addresses that X-Forwarded-For names
        '10.0.0.7, 172.16.0.4,172.16.0.9 "POST /v2.0/ports?fields=id HTTP/1.1" status: 201  len: 1042 time: 1.1163011',
        {
            "client.address": "10.0.0.7",
            "network.peer.address": "172.16.0.9",
            "http.request.method": "POST",
            "url.path": "/v2.0/ports",
            "url.query": "fields=id",
            "network.protocol.version": "1.1",
            "http.response.status_code": 201,
            "http.response.body.size": 1042,
            "http.server.request.duration": 1.1163011,
        },
    ),
    (  # placement.requestlog
        '127.0.0.1 "GET /resource_providers?in_tree=651833b1-c215" status: 200 len: 26 microversion: 1.14',
        {
            "client.address": "127.0.0.1",
            "http.request.method": "GET",
            "url.path": "/resource_providers",
            "url.query": "in_tree=651833b1-c215",
            "http.response.status_code": 200,
            "http.response.body.size": 26,
            "openstack.api.microversion": "1.14",
        },
    ),
    (  # placement.requestlog, without keystone
        '127.0.0.1 "GET /resource_providers" status: 503 len: 218 microversion: -',
        {
            "client.address": "127.0.0.1",
            "http.request.method": "GET",
            "url.path": "/resource_providers",
            "http.response.status_code": 503,
            "http.response.body.size": 218,
        },
    ),
    (  # nova.api.openstack.requestlog
        '::1 "DELETE /v2.1/servers/1" status: 204 len: 0 microversion: 2.79 time: 0.012345',
        {
            "client.address": "::1",
            "http.request.method": "DELETE",
            "url.path": "/v2.1/servers/1",
            "http.response.status_code": 204,
            "http.response.body.size": 0,
            "http.server.request.duration": 0.012345,
            "openstack.api.microversion": "2.79",
        },
    ),
    (  # eventlet.wsgi.server of glance
        '127.0.0.1 - - [23/Nov/2026 05:13:12] "GET /v2/images?name=cirros HTTP/1.1" 200 279 0.381557',
        {
            "client.address": "127.0.0.1",
            "http.request.method": "GET",
            "url.path": "/v2/images",
            "url.query": "name=cirros",
            "network.protocol.version": "1.1",
            "http.response.status_code": 200,
            "http.response.body.size": 279,
            "http.server.request.duration": 0.381557,
        },
    ),
    (  # werkzeug
        '127.0.0.1 - - [23/Nov/2026 05:13:12] "GET / HTTP/1.1" 404 -',
        {
            "client.address": "127.0.0.1",
            "http.request.method": "GET",
            "url.path": "/",
            "network.protocol.version": "1.1",
            "http.response.status_code": 404,
        },
    ),
    (  # urllib3.connectionpool: this process was the client
        'http://10.0.0.1:35357 "GET /v3/auth/tokens HTTP/1.1" 200 4048',
        {
            "url.scheme": "http",
            "server.address": "10.0.0.1",
            "server.port": 35357,
            "http.request.method": "GET",
            "url.path": "/v3/auth/tokens",
            "network.protocol.version": "1.1",
            "http.response.status_code": 200,
            "http.response.body.size": 4048,
        },
    ),
]

OTHER = [
    "",
    "Automatically selected cinder-scheduler RPC version 3.12 as minimum service version.",
    'Starting request: 127.0.0.1 "GET /resource_providers"',
    'chunked encoding error while discarding request body. client=127.0.0.1 request="POST /v2.1/servers HTTP/1.1" error="x"',
    'The server said "GET / HTTP/1.1" 200 5',
    'client closed "GET / HTTP/1.1" and went',
    '" status: ',
    " HTTP/",
    '127.0.0.1 "GET / HTTP/1.1" status: OK len: 5',
    '127.0.0.1 "GET / HTTP/1.1" 200 5\nand more',
]


class TestAMessageThatReportsARequest:
    @pytest.mark.parametrize(("message", "expected"), REAL)
    def test_gives_its_attributes(self, message: str, expected: dict[str, Any]) -> None:
        assert http_attributes(message) == expected

    def test_keeps_the_status_of_what_is_no_request(self) -> None:
        assert http_attributes('127.0.0.1 - - [x] "HELO there HTTP/" 400 -') == {
            "client.address": "127.0.0.1",
            "http.request.method": "HELO",
            "url.path": "there HTTP/",
            "http.response.status_code": 400,
        }


class TestAnyOtherMessage:
    @pytest.mark.parametrize("message", OTHER)
    def test_gives_none(self, message: str) -> None:
        assert http_attributes(message) is None

    @given(st.text(), st.sampled_from([" HTTP/", '" status: ']), st.text())
    def test_never_raises(self, before: str, mark: str, after: str) -> None:
        http_attributes(before + mark + after)

    @pytest.mark.parametrize(
        "text", ['"' + '\\"' * 50_000, "x " * 50_000, "a, " * 50_000, 'a "b" status: 200' + " len: x" * 20_000]
    )
    def test_is_read_in_linear_time(self, text: str) -> None:
        for message in (text + ' HTTP/1.1" 200', text + '" status: 200'):
            http_attributes(message)


class TestTheRequestLine:
    @pytest.mark.parametrize("text", ["", "-", "\x16\x03\x01\x02", "GET", "get / HTTP/1.1", "- -"])
    def test_that_is_none_has_no_attributes(self, text: str) -> None:
        assert request_attributes(text) == {}

    @pytest.mark.parametrize(
        ("text", "path", "version"),
        [
            ("GET /a b HTTP/1.0", "/a b", "1.0"),
            ("OPTIONS * HTTP/2", "*", "2"),
            ("GET /a", "/a", None),
            ("GET http://keystone:5000/v3 HTTP/1.1", "/v3", "1.1"),
            ("GET /a HTTP/x", "/a HTTP/x", None),
        ],
    )
    def test_is_taken_apart(self, text: str, path: str, version: str | None) -> None:
        attributes = request_attributes(text)
        assert attributes["url.path"] == path
        assert attributes.get("network.protocol.version") == version


class TestTheRest:
    def test_no_client_has_no_address(self) -> None:
        assert client_attributes("-") == client_attributes("") == {}

    @pytest.mark.parametrize(("status", "severity"), [(200, 9), (404, 9), (499, 9), (500, 17), (503, 17)])
    def test_only_the_failures_of_the_service_are_errors(self, status: int, severity: int) -> None:
        assert severity_of(status) == severity
