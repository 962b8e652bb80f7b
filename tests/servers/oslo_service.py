"""A service of OpenStack as far as RPC goes: a real RPC server with real configuration files, forked workers, and faults.

    with OsloService.made(broker, folder, topic="conductor", workers=3) as service:
        service.freeze_worker(0)

It has what a check `rpc` needs: `service.files`, and `service.settings` in the words of the sidecar's settings file.
"""

import contextlib
import json
import os
import signal
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from amqp import Connection
from amqp.basic_message import Message

from tests.servers.process import Process, wait_until
from tests.servers.rabbitmq import ADMIN, RabbitmqNode

PROGRAM = Path(__file__).with_name("oslo_service_process.py")
POOL = 4
"""Threads (or greenlets) of a worker's executor: few, so that a test can keep all of them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of service. `python`: that of the environment whose oslo.messaging is to be used."""

    topic: str = "compute"
    exchange: str = "nova"
    host: str = "cmp001"
    executor: str = "threading"
    workers: int = 1
    rpc_ping: bool = True
    program: str = "nova-compute"
    python: Path = Path(sys.executable)


class OsloService:
    """Make one by `made`. Each is to have a topic and host of its own on a broker that is shared."""

    def __init__(self, broker: RabbitmqNode, folder: Path, shape: Shape, options: Mapping[str, Mapping[str, str]]) -> None:
        self.shape = shape
        self.queue = f"{shape.topic}.{shape.host}"
        self._broker = broker
        self._folder = folder
        self._releases: list[Path] = []
        self.config = folder / f"{self.queue}-{uuid.uuid4().hex[:8]}.conf"
        self.log = self.config.with_suffix(".log")
        self.config.write_text(_config(broker, shape, options))
        self.log.touch()
        self._process: Process | None = None

    @classmethod
    @contextlib.contextmanager
    def made(
        cls,
        broker: RabbitmqNode,
        folder: Path,
        shape: Shape = Shape(),
        options: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Iterator["OsloService"]:
        """A service that serves; `options` are further ones, by section. Leaving the context ends it, and its queues."""
        service = cls(broker, folder, shape, options or {})
        try:
            service.start()
            yield service
        finally:
            service.stop()
            service.delete_queues()

    @property
    def files(self) -> tuple[Path, ...]:
        """Its configuration files."""
        return (self.config,)

    @property
    def pid(self) -> int:
        """Of its main process."""
        return self._running().pid

    def start(self) -> None:
        """Start it; returns when all its workers consume."""
        words = [
            self.config,
            self.shape.program,
            self.shape.exchange,
            self.shape.topic,
            self.shape.executor,
            self.shape.workers,
        ]
        self._process = Process([self.shape.python, "-P", PROGRAM, *map(str, words)], self.log)
        self._process.wait_until(lambda: self.consumers() >= self.shape.workers, f"{self.queue} has its consumers")

    def stop(self) -> None:
        """End it at once, with its workers; what is blocked is let go first."""
        self.release()
        if self._process is not None:
            self._process.kill()

    def workers(self) -> list[int]:
        """The process ids of those who consume."""
        if self.shape.workers == 1:
            return [self.pid]
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def freeze(self) -> None:
        """SIGSTOP to all of it."""
        self._running().freeze()

    def thaw(self) -> None:
        """SIGCONT."""
        self._running().thaw()

    def freeze_worker(self, number: int) -> int:
        """SIGSTOP to one worker; its process id."""
        pid = self.workers()[number]
        os.kill(pid, signal.SIGSTOP)
        return pid

    def kill_worker(self, number: int) -> None:
        """SIGKILL to one worker; its parent starts another."""
        os.kill(self.workers()[number], signal.SIGKILL)

    def block_hub(self) -> None:
        """Each worker stays in a call into C: with eventlet nothing else runs in it."""
        self._cast_to_each("block_hub", 1)

    def exhaust(self) -> None:
        """All threads of each worker's pool are busy."""
        self._cast_to_each("hold", POOL)

    def release(self) -> None:
        """Ends `block_hub` and `exhaust`."""
        for path in self._releases:
            path.touch()
        if self._releases and self._running().running():
            for pid in self.workers():
                os.kill(pid, signal.SIGUSR1)
        self._releases.clear()

    def unbind(self) -> None:
        """Take the binding of its own queue away, as a broker does that comes back from a partition."""
        with self.connection() as connection:
            connection.channel().queue_unbind(self.queue, self.shape.exchange, self.queue)

    def bind(self) -> None:
        """Put it back."""
        with self.connection() as connection:
            connection.channel().queue_bind(self.queue, self.shape.exchange, self.queue)

    def delete_queue(self) -> None:
        """Delete its own queue. A running service declares it anew after a second; one that is frozen does not."""
        with self.connection() as connection:
            connection.channel().queue_delete(self.queue)

    def delete_queues(self) -> None:
        """Delete what a service leaves behind."""
        with self.connection() as connection:
            channel = connection.channel()
            for queue in (self.queue, self.shape.topic):
                channel.queue_delete(queue)

    def consumers(self) -> int:
        """How many consume its queue; 0 when there is none."""
        with self.connection() as connection, contextlib.suppress(connection.channel_errors):
            return int(connection.channel().queue_declare(self.queue, passive=True).consumer_count)
        return 0

    def errors(self) -> list[str]:
        """Lines of its log that an operator would look at."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if " ERROR " in line or " CRITICAL " in line or "Traceback" in line]

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """To its broker, as the administrator."""
        with Connection(f"127.0.0.1:{self._broker.amqp}", *ADMIN, connect_timeout=60) as connection:
            yield connection

    def _cast_to_each(self, method: str, times: int) -> None:
        """To each worker: the broker hands messages out in turn. Returns when they were taken and begin to be done."""
        until = self._folder / f"release-{uuid.uuid4().hex}"
        self._releases.append(until)
        with self.connection() as connection:
            channel = connection.channel()
            for _ in range(self.shape.workers * times):
                channel.basic_publish(_cast(method, str(until)), "", self.queue)
            wait_until(lambda: channel.queue_declare(self.queue, passive=True).message_count == 0, "messages are taken")

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("the service was never started")
        return self._process


def _cast(method: str, until: str) -> Message:
    inner = {"method": method, "args": {"until": until}, "_unique_id": uuid.uuid4().hex}
    body = json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)})
    return Message(body, content_type="application/json", content_encoding="utf-8")


def _config(broker: RabbitmqNode, shape: Shape, options: Mapping[str, Mapping[str, str]]) -> str:
    sections: dict[str, dict[str, str]] = {
        "DEFAULT": {
            "transport_url": f"rabbit://{ADMIN[0]}:{ADMIN[1]}@127.0.0.1:{broker.amqp}/",
            "host": shape.host,
            "rpc_ping_enabled": str(shape.rpc_ping).lower(),
            "executor_thread_pool_size": str(POOL),
        }
    }
    for section, more in options.items():
        sections.setdefault(section, {}).update(more)
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()) + "\n"
        for section, values in sections.items()
    )
