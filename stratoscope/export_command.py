"""`stratoscope export`: the state of clusters and agents for Prometheus, or once for a person.

With `--once` every target is asked once and the command ends: with 0 if all could be asked, else with 1, and why not is told
on standard error.
"""

import argparse
import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from exporters.frame.exposition import joined
from exporters.frame.frame import Frame
from exporters.frame.shown import Shown
from exporters.table import EXPORTERS, Exporter
from stratoscope import own_logging, own_memory
from stratoscope.errors import NOTHING_MATCHED, OK, StratoscopeError
from stratoscope.export.printing import exporter_list, verdict_lines, verdict_text
from stratoscope.export.settings import Loaded, settings_in
from stratoscope.output import wants_colour
from stratoscope.settings.load import document_at


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `export` understands."""
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings; see docs/exporters/README.md")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where /metrics is, instead of listen in the settings (:9765)")
    parser.add_argument(
        "--web-config",
        type=Path,
        metavar="FILE",
        help="TLS and passwords, in Prometheus' format, instead of that in the settings",
    )
    parser.add_argument("--once", action="store_true", help="ask each target once, print, and end")
    parser.add_argument(
        "-o", "--output", choices=("metrics", "verdict"), default="metrics", help="what --once prints (%(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="print all exporters and their metrics, and end")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="colours of verdicts (%(default)s)"
    )


def execute(arguments: argparse.Namespace, table: tuple[Exporter, ...] = EXPORTERS) -> int:
    """Do as the arguments say; the exit code."""
    if arguments.list:
        return _print(exporter_list(table))
    if arguments.config is None:
        raise StratoscopeError("name a settings file with -c FILE; --list tells what can be exported")
    path: Path = arguments.config
    loaded = settings_in(document_at(path), path, table)
    if arguments.once:
        return _once(loaded, arguments)
    return _serve(loaded, arguments, path)


def _serve(loaded: Loaded, arguments: argparse.Namespace, path: Path) -> int:
    from stratoscope.export.service import serve  # noqa: PLC0415  --once needs no server
    from stratoscope.serving.listen import bind  # noqa: PLC0415

    own_logging.set_up()
    own_memory.give_back()
    web_config = arguments.web_config or loaded.settings.web_config
    with bind(arguments.listen or loaded.settings.listen) as bound:
        return serve(loaded, lambda: settings_in(document_at(path), path, loaded.table), bound, web_config)


def _once(loaded: Loaded, arguments: argparse.Namespace) -> int:
    _log_faults_only()
    frame = Frame()
    frame.use(loaded.wanted(frame))
    try:
        shown = frame.fetch_all()
        _print(_told(shown, arguments))
    finally:
        frame.close()
    failed = [one for one in shown if not one.success]
    for one in failed:
        sys.stderr.write(f"stratoscope export: {one.job.exporter} {one.job.target}: {one.reason}\n")
    return NOTHING_MATCHED if failed else OK


def _log_faults_only() -> None:
    """Why a target failed is told below, a line each; a fault of ours needs its traceback."""
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: record.exc_info is not None)
    logger = logging.getLogger("stratoscope")
    logger.handlers = [handler]
    logger.propagate = False


def _told(shown: list[Shown], arguments: argparse.Namespace) -> Iterable[str]:
    if arguments.output == "metrics":
        return [joined((part for one in shown for part in one.parts()), openmetrics=False).decode()]
    terminal = sys.stdout.isatty()
    if not terminal and arguments.color != "always":
        return verdict_lines(shown)
    return verdict_text(shown, colour=wants_colour(arguments.color, terminal=terminal, environment=os.environ))


def _print(parts: Iterable[str]) -> int:
    for part in parts:
        sys.stdout.write(part)
    sys.stdout.flush()
    return OK
