"""`stratoscope wait`: an init container that ends when all that a service needs answers, each by its own protocol.

Exit codes: 0 all are there, 1 the deadline has passed, 2 wrong usage, 143 and 130 ended by SIGTERM and SIGINT.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import orjson

from clients.kubernetes_access import ApiAccess
from clients.model import Deadline
from probes.wait.asking import asking
from probes.wait.backoff import Backoff
from probes.wait.board import Board, Outcome
from probes.wait.explain import document, dot, order, tree
from probes.wait.graph import NODES, UnknownNodeError, node_of
from probes.wait.model import Asking, Kube, Target
from probes.wait.place import NoPlaceError, own_namespace, own_node
from probes.wait.plan import PlanError, planned, with_arguments
from probes.wait.settings import WaitSettings
from probes.wait.waiting import Pace, Waiting
from stratoscope.errors import OK, StratoscopeError
from stratoscope.settings.units import seconds
from stratoscope.wait_settings import settings_at

GAVE_UP = 1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_UNREAD = (OSError, ValueError, AttributeError)
"""What writing raises where nobody reads: a broken pipe, a full disk; Python has no stream at all for a closed descriptor."""
_ALL = "*"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `wait` understands."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="what to wait for, all at once; see docs/probes/wait.md")
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings, with more targets")
    parser.add_argument(
        "--oslo-config",
        type=Path,
        action="append",
        metavar="FILE",
        help="a service's own file (nova.conf): wait for its broker, database and Keystone with its logins; may be repeated",
    )
    parser.add_argument("--service", metavar="NAME", help="wait for all that this workload of openstack-helm needs")
    parser.add_argument("--deadline", type=_seconds, metavar="TIME", help="how long all of it may take (30m)")
    parser.add_argument("--timeout", type=_seconds, metavar="TIME", help="how long one attempt may take (5s)")
    parser.add_argument("--namespace", metavar="NAME", help="of jobs, services and pods (that of our own pod)")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="instead of the pod's service account")
    parser.add_argument(
        "--explain",
        nargs="?",
        const=_ALL,
        metavar="NAME",
        help="print what waits for what in openstack-helm, all of it or below one workload, and end",
    )
    parser.add_argument(
        "-o", "--output", choices=("text", "json", "dot"), default="text", help="json: the end as JSON on standard output"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Wait, or explain; the exit code."""
    if arguments.explain is not None:
        return _explain("" if arguments.explain == _ALL else arguments.explain, arguments.output)
    if arguments.output == "dot":
        raise StratoscopeError("-o dot is for --explain")
    settings = _settings(arguments)
    try:
        targets = planned(settings, arguments.targets, own_namespace(), socket.gethostname())
        askings = _askings(targets, settings)
    except (PlanError, NoPlaceError) as error:
        raise StratoscopeError(str(error)) from error
    return _wait(targets, askings, settings, as_json=arguments.output == "json")


def _settings(arguments: argparse.Namespace) -> WaitSettings:
    """Those of the file, and what the command line says besides. Raises SettingsError, StratoscopeError."""
    settings = WaitSettings() if arguments.config is None else settings_at(arguments.config)
    more = with_arguments(
        settings,
        oslo_config=None if arguments.oslo_config is None else tuple(arguments.oslo_config),
        service=arguments.service,
        deadline=arguments.deadline,
        timeout=arguments.timeout,
        namespace=arguments.namespace,
        api=None if arguments.kubeconfig is None else ApiAccess(kubeconfig=arguments.kubeconfig),
    )
    mistakes = [f"--{key.replace('_', '-')}: {text}" for key, text in more.mistakes()]
    if mistakes:
        raise StratoscopeError("; ".join(mistakes))
    return more


def _askings(targets: tuple[Target, ...], settings: WaitSettings) -> list[Asking]:
    watched = sum(isinstance(one, Kube) for one in targets)
    made: Callable[[Kube], Asking] = _no_object
    if watched:
        from probes.wait.kube import kubernetes  # noqa: PLC0415  39 MB when it connects

        made = kubernetes(settings.api, settings.namespace or own_namespace(), watched, own_node())
    return [asking(one, made) for one in targets]


def _no_object(target: Kube) -> Asking:
    raise AssertionError(target)


def _wait(targets: tuple[Target, ...], askings: list[Asking], settings: WaitSettings, *, as_json: bool) -> int:
    deadline = Deadline.after(settings.deadline)
    board = Board([one.shown for one in targets], deadline.clock(), settings.heartbeat)
    waiting = Waiting(askings, Pace(settings.timeout, Backoff(settings.first, settings.most)))
    with _signals(waiting) as got:
        outcome, why = waiting.run(board, deadline, _say)
    now = deadline.clock()
    _say(board.verdict(outcome, now, why))
    if as_json:
        _print(board.status(outcome, now))
    return _code(outcome, got)


def _code(outcome: Outcome, got: list[int]) -> int:
    match outcome:
        case "there":
            return OK
        case "deadline":
            return GAVE_UP
        case "ended":
            return 128 + got[0]


@contextmanager
def _signals(waiting: Waiting) -> Iterator[list[int]]:
    """Within, a signal ends the wait; the list holds those that came. Process 1 of a container would ignore them otherwise."""
    got: list[int] = []

    def on(number: int, _: FrameType | None) -> None:
        got.append(number)
        waiting.end(signal.Signals(number).name)

    before = {number: signal.signal(number, on) for number in _SIGNALS}
    try:
        yield got
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    with suppress(*_UNREAD):
        sys.stderr.write(f"stratoscope wait: {line}\n")
        sys.stderr.flush()


def _print(status: dict[str, Any]) -> None:
    """The end, as JSON. When nobody reads it the exit code still tells, and must not become 0."""
    try:
        sys.stdout.write(orjson.dumps(status).decode() + "\n")
        sys.stdout.flush()
    except _UNREAD:
        with suppress(*_UNREAD):  # what is left in the buffer would make Python complain when it ends, and change the code
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(name: str, output: str) -> int:
    try:
        chosen = node_of(name, NODES).name if name else ""
    except UnknownNodeError as error:
        raise StratoscopeError(str(error)) from error
    if output == "json":
        text = orjson.dumps(document(NODES, chosen), option=orjson.OPT_INDENT_2).decode() + "\n"
    elif output == "dot":
        text = "".join(f"{line}\n" for line in dot(NODES, chosen))
    else:
        text = "".join(f"{line}\n" for line in (tree(chosen, NODES) if chosen else order(NODES)))
    sys.stdout.write(text)
    sys.stdout.flush()
    return OK


def _seconds(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
