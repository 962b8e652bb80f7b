"""Events of a small cloud for the browser: requests across services, tracebacks, blamed dependencies; and hostile ones."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stratoscope.store.writer import Writer
from tests.stratoscope.made import progress

START = 1_795_000_000.0
"""2026-11-18T10:26:40Z."""
SERVICES = ("nova-api", "nova-conductor", "nova-compute", "neutron-server", "cinder-volume", "glance-api", "keystone")
EVIL = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</pre></li></ol><style>*{display:none}</style>",
    "\u202e\u2066gpj.exe\u2069 \u200bzero \x1b[31mred\x1b[0m \x00 \x07",
    "שלום עולם, then left to right: 1, 2, 3",
    "{{ 7 * 7 }} ${7*7} {% raw %}",
)


def request(number: int) -> str:
    """The id of the request with this number."""
    digits = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    return f"req-{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def line(number: int, seconds: float, body: str, **more: Any) -> dict[str, Any]:
    """An event `seconds` after the start; `number` makes it different from the others."""
    service = more.pop("service", SERVICES[number % len(SERVICES)])
    level = more.pop("level", "INFO")
    moment = datetime.fromtimestamp(START + seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "timestamp": moment,
        "severity_text": level,
        "severity_number": {"DEBUG": 5, "INFO": 9, "WARNING": 13, "ERROR": 17}[level],
        "body": body,
        "resource": {"service.name": service, "host.name": f"ctl{number % 3}"},
        "attributes": {"log.logger": f"{service.partition('-')[0]}.manager", "process.pid": 7, **more.pop("attributes", {})},
        "source": {
            "format": "oslo.text",
            "file": f"/var/log/{service}.log",
            "first_offset": number,
            "first_line": number + 1,
            "lines": 1,
        },
        **more,
    }


def failure(number: int, seconds: float, **more: Any) -> dict[str, Any]:
    """An error with a chain of two exceptions, own and foreign frames, that blames galera."""
    frames = [
        {
            "file": "/l/eventlet/greenthread.py",
            "line": 265,
            "function": "main",
            "module": "eventlet.greenthread",
            "in_app": False,
        },
        {"file": "/l/oslo_messaging/rpc.py", "line": 99, "function": "call", "module": "oslo_messaging.rpc", "in_app": False},
        {
            "file": "/l/nova/compute/manager.py",
            "line": 2478,
            "function": "_build_and_run_instance",
            "module": "nova.compute.manager",
            "code": "self.driver.spawn(context, instance, image_meta)",
            "in_app": True,
        },
        {
            "file": "/l/pymysql/err.py",
            "line": 143,
            "function": "raise_mysql_exception",
            "module": "pymysql.err",
            "in_app": False,
        },
    ]
    kind, message = "oslo_db.exception.DBConnectionError", "(2013, 'Lost connection to MySQL server during query')"
    return line(
        number,
        seconds,
        "Failed to build and run instance",
        service="nova-compute",
        level="ERROR",
        attributes={
            "exception.type": kind,
            "exception.message": message,
            "exception.stacktrace": f"Traceback (most recent call last):\n  ...\n{kind}: {message}",
            **more.pop("attributes", {}),
        },
        exceptions=[
            {"type": "pymysql.err.OperationalError", "message": message, "link": "root", "frames": frames[3:]},
            {"type": kind, "message": message, "link": "cause", "frames": frames},
        ],
        fingerprint={"id": "2026-11-23:0123456789abcdef", "template": "Failed to build and run instance"},
        dependency={"name": "galera", "rule": "galera.connection_lost"},
        **more,
    )


def cloud() -> Iterator[dict[str, Any]]:
    """Ten minutes: 300 lines, of which some belong to requests, and twelve failures."""
    for number in range(300):
        attributes = {"openstack.request_id": request(number // 6)} if number % 2 else {}
        level = "WARNING" if number % 17 == 0 else "INFO"
        yield line(number, number * 2.0, f"Processing item {number} of the queue", level=level, attributes=attributes)
    for number in range(12):
        attributes = {"openstack.request_id": request(number * 3), "openstack.instance_uuid": request(900)[4:]}
        yield failure(1000 + number, number * 36.0 + 1, attributes=attributes)


def crowd(count: int) -> Iterator[dict[str, Any]]:
    """So many lines of 300 services on 100 hosts: a tenth are errors of 1,000 kinds, and one request touches all services."""
    for number in range(count):
        service, attributes = f"service-{number % 300}", dict[str, str]()
        if number % 2:
            attributes = {"openstack.request_id": request(0 if number % 21 == 1 else number // 6)}
        if number % 10:
            text = f"Line {number} of many, as services write them"
            yield line(number, number * 0.009, text, service=service, attributes=attributes)
            continue
        made = failure(number, number * 0.009, attributes={"openstack.request_id": request(number // 100)})
        kind = number // 10 % 1000
        made["body"] = f"It broke, for reason number {kind}, as nobody would have thought"
        made["resource"] = {"service.name": service, "host.name": f"host-{number % 100}"}
        made["fingerprint"] = {"id": f"2026-11-23:{kind:016x}", "template": made["body"]}
        made["dependency"] = {"name": f"dependency-{number // 10 % 30}", "rule": "made.up"}
        yield made


def hostile() -> Iterator[dict[str, Any]]:
    """Lines that would like to be more than text, and one of a megabyte."""
    for number, text in enumerate(EVIL):
        made = failure(2000 + number, 700.0 + number)
        made["body"] = text
        made["resource"]["service.name"] = text
        made["exceptions"][0]["message"] = text
        made["exceptions"][1]["frames"][2]["code"] = text
        made["attributes"]["log.logger"] = text
        made["attributes"]["openstack.request_id"] = text
        made["fingerprint"] = {"id": f"x{number}{text}", "template": text}
        made["dependency"] = {"name": text, "rule": text}
        yield made
    yield line(3000, 710.0, "<b>" * 350_000)


def put(store: Path, events: Iterator[dict[str, Any]] | list[dict[str, Any]], identity: str = "1a-400-00ff") -> None:
    """Store events of one file."""
    with Writer(store) as writer:
        writer.store([progress(list(events), identity=identity)], START)
