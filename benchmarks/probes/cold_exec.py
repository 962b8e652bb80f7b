"""The peer: an exec probe as openstack-helm's charts have it, in the fewest words.

    python cold_exec.py CONFIG TOPIC SERVER

It is started anew for each look, imports oslo.messaging, reads the service's configuration, connects twice, calls, and ends.
Theirs does more (psutil over all processes, a file with its process id), so this one flatters it.
"""

import sys

import oslo_messaging
from oslo_config import cfg


def main(config: str, topic: str, server: str) -> int:
    """0 when the service answered."""
    cfg.CONF(["--config-file", config], project="probe")
    oslo_messaging.set_transport_defaults("nova")
    transport = oslo_messaging.get_rpc_transport(cfg.CONF)
    target = oslo_messaging.Target(topic=topic, server=server)
    client = oslo_messaging.get_rpc_client(transport, target, timeout=60)
    answer = client.call({}, "oslo_rpc_server_ping")
    transport.cleanup()
    return 0 if answer == "pong" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
