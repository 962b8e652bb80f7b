"""`stratoscope inject`: manifests in, manifests with sidecars out; a step between helm or kustomize and the cluster."""

import argparse
import sys
from pathlib import Path

from stratoscope.errors import OK, StratoscopeError
from stratoscope.inject.settings import InjectSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `inject` understands."""
    parser.add_argument(
        "-f", "--filename", type=Path, metavar="FILE", help="manifests, YAML or JSON; - or none is standard input"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings; see docs/injection.md")
    what.add_argument("--image", metavar="IMAGE", help="image of the sidecars; all else as the settings' defaults say")
    parser.add_argument("-n", "--namespace", default="", help="that of manifests that name none")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not tell on standard error what was done")


def execute(arguments: argparse.Namespace) -> int:
    """Write the stream with its sidecars to standard output; the exit code."""
    from stratoscope.inject.manifests.documents import UnreadableError  # noqa: PLC0415  only here
    from stratoscope.inject.manifests.injecting import inject  # noqa: PLC0415
    from stratoscope.inject.manifests.report import report  # noqa: PLC0415

    settings = _settings(arguments)
    name = "standard input" if arguments.filename in (None, Path("-")) else str(arguments.filename)
    try:
        done = inject(_read(arguments.filename), settings, arguments.namespace)
    except UnreadableError as error:
        raise StratoscopeError(f"{name}, {error}; nothing was written") from error
    sys.stdout.write(done.text)
    sys.stdout.flush()
    if not arguments.quiet:
        sys.stderr.writelines(f"{line}\n" for line in report(done.outcomes))
    return OK


def _settings(arguments: argparse.Namespace) -> InjectSettings:
    if arguments.config is None:
        return InjectSettings(image=arguments.image)
    from stratoscope.inject.loading import loaded  # noqa: PLC0415  only with a file

    return loaded(arguments.config)


def _read(path: Path | None) -> str:
    try:
        return (sys.stdin.buffer.read() if path is None or path == Path("-") else path.read_bytes()).decode()
    except OSError as error:
        raise StratoscopeError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StratoscopeError(f"{path or 'standard input'}: is no UTF-8 ({error.reason} at byte {error.start})") from error
