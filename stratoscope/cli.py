"""The front of the command line: finds the command, and turns what ends it into one line and an exit code.

Only the module of the command that was asked for is imported: `parse` in a pipe should start at once and stay small.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from stratoscope.errors import FAILED, INTERRUPTED, OK, StratoscopeError

Execute = Callable[[argparse.Namespace], int]
"""Does the work; returns the exit code."""


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command. `module` has `add_arguments(parser)` and `execute(arguments) -> exit code`."""

    name: str
    module: str
    help: str


COMMANDS = (
    Command("run", "stratoscope.run_command", "read logs, keep their events, show them in a page, tell Prometheus"),
    Command("parse", "stratoscope.parse_command", "log text in, events out"),
    Command("search", "stratoscope.search_command", "the events that a run keeps"),
    Command("collect", "stratoscope.collect_command", "read logs, deliver their events, lose nothing"),
    Command("export", "stratoscope.export_command", "the state of clusters and agents, for Prometheus"),
    Command("probe", "stratoscope.probe_command", "health that means something, for the kubelet"),
    Command("wait", "stratoscope.wait_command", "block until what a service needs answers, for an init container"),
    Command("inject", "stratoscope.inject_command", "manifests in, manifests with sidecars out"),
    Command("webhook", "stratoscope.webhook_command", "put sidecars into pods as they are made"),
    Command("doctor", "stratoscope.doctor_command", "what does not work of it in a Kubernetes cluster, and what to do"),
    Command("check", "stratoscope.check_command", "every mistake of a settings file at once"),
)


DESCRIPTION = "What happens in an OpenStack cloud: logs as events, clusters and agents as metrics."


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """End with that line."""
        self.exit(FAILED, f"{self.prog}: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Prints the version; looking it up costs more than most commands need to start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """End with the version."""
        from importlib.metadata import version  # noqa: PLC0415  only here

        sys.stdout.write(f"stratoscope {version('stratoscope')}\n")
        parser.exit(OK)


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of the command in `argv` (without the program's name)."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), "")
    parser, execute = _parser(name)
    try:
        return execute(parser.parse_args(words))
    except StratoscopeError as error:
        sys.stderr.write(f"{parser.prog} {name}: {error}\n")
        return FAILED
    except BrokenPipeError:
        _discard_output()
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(name: str) -> tuple[Parser, Execute]:
    """The parser, in which only the command called `name` knows its arguments."""
    parser = Parser(prog="stratoscope", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    execute: Execute = _nothing
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.help, description=command.help, allow_abbrev=False)
        if command.name == name:
            module = import_module(command.module)
            module.add_arguments(own)
            execute = module.execute
    return parser, execute


def _nothing(_: argparse.Namespace) -> int:
    """Argparse ends the process before, as no command was named."""
    return FAILED


def _discard_output() -> None:
    """Whoever read our output has gone (`| head`). Python would complain once more when it closes standard output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
