"""What the processes of `tests.servers.oslo` do.

python -m tests.servers.oslo_process nova-compute URL serve compute cmp001
python -m tests.servers.oslo_process nova-api URL cast compute cmp001
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import oslo_messaging
from oslo_config import cfg

from tests.servers.process import wait_until

_OPTIONS = {
    "serve": "?kombu_missing_consumer_retry_timeout=1",  # give up on lost replies soon
    "hold": "?rabbit_transient_queues_ttl=1",  # the reply queue goes a second after its reader
}


class Endpoint:
    """What the servers offer."""

    def echo(self, _: Mapping[str, object], text: str) -> str:
        """Reply at once."""
        return text

    def hold(self, _: Mapping[str, object], path: str) -> str:
        """Reply when the file `path` exists."""
        wait_until(Path(path).exists, f"{path} exists")
        return path


def main(service: str, url: str, kind: str, topic: str, host: str, *words: str) -> None:
    """What the process does."""
    sys.argv[0] = service  # oslo.messaging calls its connections by it
    conf = cfg.CONF  # some of oslo.messaging's own options are registered there only
    conf([], project="stratoscope")
    transport = oslo_messaging.get_rpc_transport(conf, url + _OPTIONS.get(kind, ""))
    if kind == "serve":
        target = oslo_messaging.Target(topic=topic, server=host)
        serving = oslo_messaging.get_rpc_server(transport, target, [Endpoint()])
        serving.start()
        print("ready", flush=True)  # noqa: T201
        serving.wait()
        return
    target = oslo_messaging.Target(topic=topic, server=host or None, fanout=kind == "fanout")
    caller = oslo_messaging.get_rpc_client(transport, target, timeout=60)
    if kind == "hold":
        caller.call({}, "hold", path=words[0])
    elif kind == "call":
        caller.call({}, "echo", text="hello")
    else:
        caller.cast({}, "echo", text="hello")


if __name__ == "__main__":
    main(*sys.argv[1:])
