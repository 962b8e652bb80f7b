"""What the processes of `tests.servers.oslo_service` run: a service of OpenStack as far as RPC goes.

    python oslo_service_process.py CONFIG PROGRAM EXCHANGE TOPIC EXECUTOR WORKERS

It is run by its path, by the Python of whatever release of oslo.messaging is to be tested, so it imports nothing of ours.
Like a service it reads CONFIG, serves TOPIC on [DEFAULT] host, forks its workers before they connect, and starts a dead one
again.
"""

import ctypes
import importlib
import logging
import os
import signal
import sys
import time
from types import FrameType
from typing import Any

LIBRARY = ctypes.CDLL(None)
"""Calls into it let other threads run, but no other greenlet."""


class Base:
    """Nova's `baseapi`."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def ping(self, _: Any, arg: str) -> dict[str, str]:
        return {"service": sys.argv[2], "arg": arg}


class Faults:
    """What a test has it do. Both end when the file `until` exists."""

    def block_hub(self, _: Any, until: str) -> None:
        """Stay in a call into C, as a driver without greenlets does; SIGUSR1 has it look whether it may go on."""
        while not os.path.exists(until):  # noqa: PTH110
            LIBRARY.usleep(600_000_000)

    def hold(self, _: Any, until: str) -> None:
        """Keep one thread of the pool."""
        while not os.path.exists(until):  # noqa: PTH110
            time.sleep(0.02)


def main(config: str, program: str, exchange: str, topic: str, executor: str, workers: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    sys.argv[0] = program  # oslo.messaging calls its connections by it
    if workers == "1":
        serve(config, exchange, topic, executor)
    else:
        watch(int(workers), config, exchange, topic, executor)


def watch(workers: int, *arguments: str) -> None:
    """Keep so many children running."""
    children: set[int] = set()

    def end(_: int, __: FrameType | None) -> None:
        for child in children:
            os.kill(child, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        while len(children) < workers:
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                serve(*arguments)
                os._exit(0)
            children.add(child)
        children.discard(os.wait()[0])


def serve(config: str, exchange: str, topic: str, executor: str) -> None:
    """One worker."""
    signal.signal(signal.SIGUSR1, lambda *_: None)  # interrupts a sleep in C
    if executor == "eventlet":
        importlib.import_module("eventlet").monkey_patch()
    import oslo_messaging
    from oslo_config import cfg

    conf = cfg.CONF
    conf.register_opt(cfg.StrOpt("host", default=os.uname().nodename))
    conf(["--config-file", config], project="stratoscope")
    oslo_messaging.set_transport_defaults(exchange)
    transport = oslo_messaging.get_rpc_transport(conf)
    target = oslo_messaging.Target(topic=topic, server=conf.host)
    endpoints = [Base(oslo_messaging.Target(namespace="baseapi", version="1.1")), Faults()]
    server = oslo_messaging.get_rpc_server(transport, target, endpoints, executor=executor)
    server.start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
