"""`stratoscope doctor`: what does not work of stratoscope in a Kubernetes cluster, and what to do about it. It only reads.

Exit codes: 0 nothing but notes, 1 errors or warnings, 2 the cluster could not be looked at.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from clients.kubernetes import Api, ApiError, SilenceError
from clients.kubernetes_access import ApiAccess
from clients.model import Deadline
from stratoscope.doctor.inventory import ServiceCount
from stratoscope.doctor.looking import Wish, look
from stratoscope.doctor.model import Cluster, Finding
from stratoscope.doctor.report import as_json, as_text
from stratoscope.doctor.rules.table import findings, running, view_of
from stratoscope.errors import OK, StratoscopeError
from stratoscope.output import wants_colour
from stratoscope.settings.units import seconds

FOUND = 1
_TOGETHER = 120.0
_ANSWER = 15.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `doctor` understands."""
    parser.add_argument(
        "--kubeconfig", type=Path, metavar="FILE", help="how the API server is reached ($KUBECONFIG, ~/.kube/config)"
    )
    parser.add_argument("--context", default="", metavar="NAME", help="the context in it (its current one)")
    parser.add_argument(
        "-n", "--namespace", action="append", default=[], metavar="NAME", help="look at this namespace only; may be repeated"
    )
    parser.add_argument(
        "--secrets", action="store_true", help="also read the Secrets in which services have their logging.conf"
    )
    parser.add_argument("--metrics", action="store_true", help="also ask our exporters, through the API server's proxy")
    parser.add_argument(
        "--deadline", type=_duration, default=_TOGETHER, metavar="TIME", help="how long all of it may take (2m)"
    )
    parser.add_argument(
        "-o", "--output", choices=("pretty", "json"), help="for reading, or JSON (pretty on a terminal, else json)"
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours in pretty (%(default)s)")


def execute(arguments: argparse.Namespace) -> int:
    """Look, judge, tell; the exit code."""
    access = access_of(arguments, os.environ)
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # one for each request; whose kubeconfig it is knows
    wish = Wish(tuple(dict.fromkeys(arguments.namespace)), secrets=arguments.secrets, metrics=arguments.metrics)
    try:
        cluster = look(Api(access), wish, datetime.now(UTC), Deadline.after(arguments.deadline))
    except (ApiError, SilenceError) as error:
        raise StratoscopeError(f"could not look at the cluster: {error}") from error
    view = view_of(cluster)
    found = findings(view)
    _tell(arguments, cluster, list(running(view)), found)
    return FOUND if any(one.severity != "note" for one in found) else OK


def access_of(arguments: argparse.Namespace, environment: Mapping[str, str]) -> ApiAccess:
    """As kubectl finds it: the argument, $KUBECONFIG, the pod that this runs in, the home folder. Raises StratoscopeError."""
    inside = "KUBERNETES_SERVICE_HOST" in environment
    home = Path(environment.get("HOME", "/"), ".kube", "config")
    files = [Path(one) for one in environment.get("KUBECONFIG", "").split(os.pathsep) if one]
    file = arguments.kubeconfig or next((one for one in files if one.exists()), None) or next(iter(files), None)
    if file is None and not inside:
        file = home
    if file is not None and not file.exists():
        raise StratoscopeError(f"{file}: there is no such file; name a kubeconfig with --kubeconfig, or in KUBECONFIG")
    access = ApiAccess(kubeconfig=file, context=arguments.context, timeout=min(_ANSWER, max(arguments.deadline, 1.0)))
    for key, text in access.mistakes():
        raise StratoscopeError(f"--{key}: {text}")
    return access


def _tell(arguments: argparse.Namespace, cluster: Cluster, services: list[ServiceCount], found: list[Finding]) -> None:
    terminal = sys.stdout.isatty()
    if (arguments.output or ("pretty" if terminal else "json")) == "json":
        sys.stdout.write(as_json(cluster, services, found))
    else:
        colour = wants_colour(arguments.color, terminal=terminal, environment=os.environ)
        sys.stdout.write("".join(as_text(cluster, services, found, colour=colour)))
    sys.stdout.flush()


def _duration(text: str) -> float:
    try:
        found = seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if found < 1:
        raise argparse.ArgumentTypeError("must be 1s or more")
    return found
