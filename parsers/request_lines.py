"""API request lines: what the web servers of OpenStack write into their message, whatever stands in front of it.

Four programs write them: nova's, cinder's and neutron's `wsgi_log_format` and the request logs of nova and placement
(`address "METHOD target" status: 200 len: 26 ...`), eventlet, werkzeug and httpd (`address - - [time] "..." 200 26 ...`),
sapcc's uWSGI format, which imitates the first, and urllib3 as a client (`http://host:80 "GET /v3 HTTP/1.1" 200 26`).
"""

import re
from typing import Any

from parsers.model import LONGEST_NUMBER

_CLIENT = r'(?:(?P<client>[^\s",\[]+(?:, ?[^\s",\[]+)*) )?'
_QUOTED = r'"(?P<request>[^"\\]*(?:\\.[^"\\]*)*)"'
# placement `… status: 503 len: 218 microversion: -`, nova `… len: 26 microversion: 2.1 time: 0.012`, neutron has two blanks:
# `… status: 200  len: 359 time: 0.1163011`
_LABELLED = re.compile(rf"{_CLIENT}{_QUOTED} status: (?P<status>[0-9]{{3}})(?P<labels>(?: +\w+: .*)?)")
# What nearly all of them look like, read in one go.
_USUAL = re.compile(
    r'([0-9a-fA-F:.]+) "([A-Z]{1,32}) (/[^ ?"\\]*)(?:\?([^ "\\]+))? HTTP/([0-9](?:\.[0-9])?)" '
    r"status: ([0-9]{3}) {1,2}len: ([0-9]{1,18})(?: microversion: ([0-9][0-9.]*))?(?: time: ([0-9]{1,9}\.[0-9]{1,18}))?"
)
_LABEL = re.compile(r" (len|time|microversion): (\S+)")
# `127.0.0.1 - - [23/Nov/2026 03:48:52] "GET / HTTP/1.1" 200 131 0.000092`
_COMMON = re.compile(
    rf"{_CLIENT}(?:\S+ \S+ \[[^\]]{{1,40}}\] )?{_QUOTED} (?P<status>[0-9]{{3}}) "
    r"(?P<size>[0-9]{1,18}|-|None)(?: (?P<seconds>[0-9]+\.[0-9]+))?"
)
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?(?:e-[0-9]{1,2})?")
_METHOD = re.compile(r"[A-Z]{1,32}")
_PROTOCOL = re.compile(r"[0-9](?:\.[0-9])?")
_SERVER = re.compile(r"(?P<scheme>https?)://(?P<host>\[[^\]]+\]|[^:/\s]+)(?::(?P<port>[0-9]{1,5}))?(?P<target>/.*)?")


def http_attributes(message: str) -> dict[str, Any] | None:
    """Attributes of the API request that `message` reports, under OpenTelemetry's names; None where it reports none.

    Status and sizes are numbers, `http.server.request.duration` is in seconds. Nearly all messages are none, and cost two
    searches.
    """
    if '" status: ' in message:
        usual = _USUAL.fullmatch(message)
        if usual is not None:
            return _usual(usual)
        found = _LABELLED.fullmatch(message)
        return found and _request_of(found) | _labels(found["labels"])
    if " HTTP/" in message:
        found = _COMMON.fullmatch(message)
        return found and _request_of(found) | _measures(found["size"], found["seconds"])
    return None


def _usual(found: re.Match[str]) -> dict[str, Any]:
    client, method, path, query, version, status, size, microversion, seconds = found.groups()
    attributes: dict[str, Any] = {
        "client.address": client,
        "http.request.method": method,
        "url.path": path,
        "network.protocol.version": version,
        "http.response.status_code": int(status),
        "http.response.body.size": int(size),
    }
    if query:
        attributes["url.query"] = query
    if microversion:
        attributes["openstack.api.microversion"] = microversion
    if seconds:
        attributes["http.server.request.duration"] = float(seconds)
    return attributes


def request_attributes(request: str) -> dict[str, Any]:
    """Attributes of a request line, `GET /v3/users?name=nova HTTP/1.1`; empty for what is none, as TLS sent to a plain port."""
    method, _, rest = request.partition(" ")
    target, protocol, version = rest.rpartition(" HTTP/")
    if not (protocol and _PROTOCOL.fullmatch(version)):
        target, version = rest, ""
    if not target or _METHOD.fullmatch(method) is None:
        return {}
    attributes: dict[str, Any] = {"http.request.method": method, **target_attributes(target)}
    if version:
        attributes["network.protocol.version"] = version
    return attributes


def target_attributes(target: str) -> dict[str, Any]:
    """`url.path` and `url.query` of a request's target, and the server's name where a proxy was asked (`http://host/path`)."""
    if target.startswith("http") and (server := _SERVER.fullmatch(target)):
        return _server(server) | (target_attributes(server["target"]) if server["target"] else {})
    path, _, query = target.partition("?")
    return {"url.path": path, "url.query": query} if query else {"url.path": path}


def client_attributes(addresses: str) -> dict[str, Any]:
    """`client.address` of a list `client, proxy, proxy`; the last is the `network.peer.address`. Empty where there is none."""
    known = [address for address in addresses.replace(",", " ").split() if address != "-"]
    if not known:
        return {}
    return {"client.address": known[0], "network.peer.address": known[-1]} if len(known) > 1 else {"client.address": known[0]}


def severity_of(status: int) -> int:
    """OpenTelemetry severity of a line that has no severity word: a 5xx is the service's own failure (17), all else 9.

    A 4xx is the answer to a mistake of the client, and healthy services give hundreds of them (401 before a token is got).
    """
    return 17 if status >= 500 else 9


def _request_of(found: re.Match[str]) -> dict[str, Any]:
    client = found["client"] or ""
    server = _SERVER.fullmatch(client) if client.startswith("http") else None
    who = _server(server) if server else client_attributes(client)
    return {**who, **request_attributes(found["request"]), "http.response.status_code": int(found["status"])}


def _server(found: re.Match[str]) -> dict[str, Any]:
    attributes: dict[str, Any] = {"url.scheme": found["scheme"], "server.address": found["host"].strip("[]")}
    if found["port"]:
        attributes["server.port"] = int(found["port"])
    return attributes


def _labels(text: str) -> dict[str, Any]:
    values = dict(_LABEL.findall(text))
    attributes = _measures(values.get("len", "-"), values.get("time"))
    version = values.get("microversion", "-")
    if version not in {"-", "None"}:
        attributes["openstack.api.microversion"] = version
    return attributes


def _measures(size: str, seconds: str | None) -> dict[str, Any]:
    attributes: dict[str, Any] = (
        {"http.response.body.size": int(size)} if size.isdecimal() and len(size) <= LONGEST_NUMBER else {}
    )
    if seconds and _SECONDS.fullmatch(seconds):
        attributes["http.server.request.duration"] = float(seconds)
    return attributes
