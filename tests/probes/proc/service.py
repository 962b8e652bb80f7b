"""A stand-in for a service, as a process of its own: python service.py NAME [--workers N] [--connect PORT] ...

It writes a line into its output once it is set up. What it does then: `--do` of
    work    wakes up ten times a second and reads from its connection
    sleep   the main thread sleeps in C, nothing else runs
    hub     the main thread sleeps in C, another one wakes up ten times a second: a blocked eventlet hub beside a heartbeat
    spin    the main thread runs in circles
SIGUSR1 makes a worker do the same as `sleep`.
"""

import argparse
import ctypes
import os
import signal
import socket
import sys
import threading
import time

PR_SET_DUMPABLE = 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--connect", type=int, action="append", default=[])
    parser.add_argument("--listen", type=int, default=0)
    parser.add_argument("--udp", type=int, default=0)
    parser.add_argument("--undumpable", action="store_true", help="nobody but root may look into its descriptors")
    parser.add_argument("--do", default="work")
    asked = parser.parse_args()
    if asked.undumpable:
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGUSR1, lambda *_: time.sleep(1e6))
    for _ in range(asked.workers):
        if os.fork() == 0:
            work(asked)
    if asked.workers:
        say("ready")
        while True:
            os.wait()
    work(asked)


def work(asked: argparse.Namespace) -> None:
    held = [socket.create_connection(("127.0.0.1", port)) for port in asked.connect]
    if asked.listen:
        held.append(socket.create_server(("127.0.0.1", asked.listen), backlog=2))
    if asked.udp:
        held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        held[-1].bind(("127.0.0.1", asked.udp))
    for _ in range(asked.threads):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    if asked.do == "hub":
        threading.Thread(target=wake_up, daemon=True).start()
    say(f"{os.getpid()} ready")
    while asked.do == "spin":
        pass
    if asked.do in {"sleep", "hub"}:
        time.sleep(1e6)
    for one in held:
        one.setblocking(False)
    while True:
        time.sleep(0.1)
        for one in held:
            take(one)


def take(held: socket.socket) -> None:
    try:
        if held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            held.accept()
        else:
            held.recv(1 << 20)
    except BlockingIOError:
        pass  # nothing waits


def wake_up() -> None:
    while True:
        time.sleep(0.1)


def say(text: str) -> None:
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


if __name__ == "__main__":
    main()
