"""What Fluent Bit really sends, into tests/data/fluentbit/wire: `python -m tests.collectors.forward.record` records it anew."""

import shutil
import socket
import threading
from pathlib import Path
from typing import Any

from tests.servers.fluent_bit import RealFluentBit, output_of
from tests.servers.fluent_peer import next_of, pack, reader
from tests.servers.forward_link import Link, real_one

WIRE = Path(__file__).parents[2] / "data" / "fluentbit" / "wire"

FORMS = {
    "forward": Link(ack=False),
    "forward-ack": Link(),
    "gzip": Link(gzip=True),
    "integer-times": Link(time_as_integer=True),
    "message": Link(tag="dyn.$log"),
    "no-metadata": Link(retain_metadata=False),
    "send-options": Link(ack=False, send_options=True),
}
_LOG = (
    b"2026-11-23T03:33:01.100000001Z stdout F 2026-11-23 03:33:01.100 7 INFO nova.compute.manager [-] a whole line\n"
    b"2026-11-23T03:33:01.200000002Z stderr P \xc3\n"
    b"2026-11-23T03:33:01.200000003Z stderr F \xa9 joined, and \xff no UTF-8\n"
)
_SILENCE = 4.0


class _Tape(socket.socket):
    """A connection that keeps what it reads."""

    tape = b""

    def recv(self, *arguments: Any) -> bytes:
        data = super().recv(*arguments)
        self.tape += data
        return data


def main() -> None:
    """Start Fluent Bit with an output for each form, and write what comes."""
    folder = Path("/tmp/stratoscope-recording")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "0.log").write_bytes(_LOG)
    listening = {name: socket.create_server(("127.0.0.1", 0)) for name in FORMS}
    outputs = [output_of(Link(**{**form.options(), "port": listening[name].getsockname()[1]})) for name, form in FORMS.items()]
    tail = {
        "name": "tail",
        "tag": "raw",
        "path": str(folder / "0.log"),
        "path_key": "file",
        "read_from_head": "on",
        "multiline.parser": "docker, cri",
    }
    with RealFluentBit(real_one() or "fluent-bit").started(folder, [tail], outputs):
        threads = [threading.Thread(target=_record, args=(name, one)) for name, one in listening.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    shutil.rmtree(folder)


def _record(name: str, listening: socket.socket) -> None:
    accepted, _ = listening.accept()
    connection, unpacker = _Tape(fileno=accepted.detach()), reader()
    connection.settimeout(_SILENCE)
    try:
        while True:
            options = next_of(connection, unpacker)[-1]
            if isinstance(options, dict) and "chunk" in options:
                connection.sendall(pack({"ack": options["chunk"]}))
    except TimeoutError:
        (WIRE / f"{name}.msgpack").write_bytes(connection.tape)
    connection.close()
    listening.close()


if __name__ == "__main__":
    main()
