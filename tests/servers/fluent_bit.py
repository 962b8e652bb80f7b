"""The real Fluent Bit, as sender and as receiver of the forward protocol."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.servers.forward_link import FLUENT_BIT, Link
from tests.servers.process import Process


class RealFluentBit:
    """Starts it with generated configuration: JSON is YAML too."""

    name = FLUENT_BIT

    def __init__(self, program: str) -> None:
        self.program = program

    def sender(self, folder: Path, links: Sequence[Link]) -> Process:
        """Tails `folder/in.log`, buffers on disk, sends to all links."""
        tail = {
            "name": "tail",
            "tag": "raw",
            "path": str(folder / "in.log*"),
            "path_key": "file",
            "db": str(folder / "tail.db"),
            "read_from_head": "on",
            "refresh_interval": 1,
            "storage.type": "filesystem",
        }
        return self.started(folder, [tail], [output_of(link) for link in links])

    def receiver(self, folder: Path, links: Sequence[Link]) -> Process:
        """Listens, buffers on disk, writes what it gets to `folder/out.jsonl`."""
        written = {"name": "file", "match": "*", "path": str(folder), "file": "out.jsonl", "format": "plain"}
        process = self.started(folder, [_input(link) for link in links], [written])
        process.wait_until(lambda: all(map(listens, links)), "it listens")
        return process

    def started(self, folder: Path, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> Process:
        """Fluent Bit with these inputs and outputs, its state in `folder`."""
        service = {
            "flush": 0.2,
            "grace": 1,
            "log_level": "info",
            "scheduler.base": 1,
            "scheduler.cap": 1,
            "storage.path": str(folder / "storage"),
        }
        configuration = folder / "fluent-bit.yaml"
        configuration.write_text(json.dumps({"service": service, "pipeline": {"inputs": inputs, "outputs": outputs}}))
        return Process([self.program, "-q", "-c", configuration], folder / "fluent-bit.log", folder=folder)


def _input(link: Link) -> dict[str, Any]:
    forward = {"name": "forward", "storage.type": "filesystem", **_endpoint(link, "listen"), **_tls(link, server=True)}
    if link.shared_key:
        forward |= {"shared_key": link.shared_key, "self_hostname": "receiver"}
    if link.user:
        forward["security.users"] = f"{link.user} {link.password}"
    return forward


def output_of(link: Link) -> dict[str, Any]:
    """The output for a link."""
    output = {
        "name": "forward",
        "match": "*",
        "require_ack_response": link.ack,
        "send_options": link.send_options,
        "time_as_integer": link.time_as_integer,
        "retain_metadata_in_forward_mode": link.retain_metadata,
        "retry_limit": "no_limits",
        "net.io_timeout": f"{link.io_timeout:g}s",
        **_endpoint(link, "host"),
        **_tls(link, server=False),
    }
    if link.gzip:
        output["compress"] = "gzip"
    if link.tag:
        output["tag"] = link.tag
    if link.shared_key:
        output |= {"shared_key": link.shared_key, "self_hostname": "sender"}
    if link.user:
        output |= {"username": link.user, "password": link.password}
    return output


def _endpoint(link: Link, host: str) -> dict[str, Any]:
    return {"unix_path": link.unix} if link.unix else {host: "127.0.0.1", "port": link.port}


def _tls(link: Link, *, server: bool) -> dict[str, Any]:
    if not link.ca and not link.certificate:
        return {}
    settings: dict[str, Any] = {"tls": "on", "tls.verify": "off" if server and not link.ca else "on"}
    if server and link.ca:
        settings["tls.verify_client_cert"] = "on"
    if link.ca:
        settings["tls.ca_file"] = link.ca
    if link.certificate:
        settings |= {"tls.crt_file": link.certificate, "tls.key_file": link.key}
    return settings


def listens(link: Link) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket(socket.AF_UNIX if link.unix else socket.AF_INET) as probe:
        return not probe.connect_ex(link.unix or ("127.0.0.1", link.port))
