"""`stratoscope probe`: a sidecar that knows whether killing its service would help; or, once, its verdict for a person.

Settings that cannot be used do not end the sidecar, as a kubelet that gets no answer kills a healthy service: it says what is
wrong, answers that nothing is to be killed, and reads them again. `--once` and `stratoscope check` end with 2 then.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

from stratoscope import own_logging, own_memory
from stratoscope.errors import OK, StratoscopeError
from stratoscope.probe.reader import UnreadableError, read_apart
from stratoscope.probe.settings import Catalogue, Loaded, ProbeSettings, catalogue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `probe` understands."""
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings; see docs/probes/README.md")
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"where the endpoint is, instead of listen in the settings ({ProbeSettings().listen})",
    )
    parser.add_argument(
        "--once", action="store_true", help="look a few times, print verdict and evidence, and end: 0 if it serves, else 1"
    )
    parser.add_argument(
        "-o", "--output", choices=("json", "pretty"), help="what --once prints (pretty on a terminal, else json)"
    )
    parser.add_argument("--list", action="store_true", help="print all profiles, and end")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours of --once (%(default)s)")


def execute(arguments: argparse.Namespace, known: Catalogue | None = None) -> int:
    """Do as the arguments say; the exit code."""
    known = known or catalogue()
    if arguments.list:
        from stratoscope.probe.printing import profile_list  # noqa: PLC0415  only here

        sys.stdout.write("".join(profile_list(known.profiles)))
        return OK
    if arguments.config is None:
        raise StratoscopeError("name a settings file with -c FILE; --list tells what can be looked at")
    if arguments.once:
        return _once(read_apart(arguments.config, known), arguments)
    return _serve(arguments, known)


def _serve(arguments: argparse.Namespace, known: Catalogue) -> int:
    from stratoscope.probe.service import Place, serve  # noqa: PLC0415  --once needs no endpoint
    from stratoscope.serving.listen import bind  # noqa: PLC0415

    own_memory.give_back()
    path: Path = arguments.config
    loaded, trouble, listen = None, "", None
    try:
        loaded = read_apart(path, known)
        listen, version = loaded.settings.listen, loaded.version
    except UnreadableError as error:
        trouble, listen, version = str(error), error.listen, error.version
    own_logging.set_up(version=version)
    web_config = None if loaded is None else loaded.settings.web_config
    with bind(arguments.listen or listen or ProbeSettings().listen) as bound:
        return serve(loaded, trouble, lambda: read_apart(path, known), Place(bound, web_config), version)


def _once(loaded: Loaded, arguments: argparse.Namespace) -> int:
    from stratoscope.output import wants_colour  # noqa: PLC0415  only here
    from stratoscope.probe.once import look  # noqa: PLC0415
    from stratoscope.probe.printing import verdict_lines, verdict_text  # noqa: PLC0415

    logging.getLogger("stratoscope").addHandler(logging.NullHandler())  # what a check raises is printed with its evidence
    terminal = sys.stdout.isatty()
    told = look(loaded, sys.stderr.write)
    if (arguments.output or ("pretty" if terminal else "json")) == "pretty":
        colour = wants_colour(arguments.color, terminal=terminal, environment=os.environ)
        sys.stdout.write("".join(verdict_text(told, colour=colour)))
    else:
        sys.stdout.write("".join(verdict_lines(told)))
    sys.stdout.flush()
    return OK if all(one.serves for one in told) else 1
