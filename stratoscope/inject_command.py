"""`stratoscope inject`: manifests in, manifests with sidecars out; a step between helm or kustomize and the cluster."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import BinaryIO

from stratoscope.errors import OK, StratoscopeError
from stratoscope.inject.settings import InjectSettings

LIMIT = 256 << 20
"""Bytes of input. A rendered cloud has 5 MB; what is larger is another file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `inject` understands."""
    parser.add_argument(
        "-f", "--filename", type=Path, metavar="FILE", help="manifests, YAML or JSON; standard input by default"
    )
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings; see docs/injection.md")
    parser.add_argument("--image", metavar="IMAGE", help="image of the sidecars; goes before that of the settings")
    parser.add_argument(
        "--report", choices=("text", "json", "none"), default="text", help="what is told on standard error (%(default)s)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Write the stream with its sidecars to standard output; the exit code."""
    from stratoscope.inject.manifests.documents import ManifestError  # noqa: PLC0415  only here
    from stratoscope.inject.manifests.report import as_mapping, report  # noqa: PLC0415
    from stratoscope.inject.manifests.stream import inject  # noqa: PLC0415

    settings = _settings(arguments)
    path: Path | None = None if arguments.filename in (None, Path("-")) else arguments.filename
    try:
        data, told = inject(_read(path), settings)
    except ManifestError as error:
        raise StratoscopeError(f"{_named(path)}: {error}; nothing was written") from error
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    if arguments.report == "text":
        sys.stderr.writelines(f"{line}\n" for line in report(told))
    elif arguments.report == "json":
        sys.stderr.writelines(f"{json.dumps(as_mapping(one))}\n" for one in told)
    return OK


def _settings(arguments: argparse.Namespace) -> InjectSettings:
    settings = InjectSettings()
    if arguments.config is not None:
        from stratoscope.inject.loading import loaded  # noqa: PLC0415  only with a file

        settings = loaded(arguments.config)
    if arguments.image:
        settings = dataclasses.replace(settings, image=arguments.image)
    if not settings.image:
        raise StratoscopeError("name the image of the sidecars: --image IMAGE, or image in the settings (-c FILE)")
    return settings


def _read(path: Path | None) -> bytes:
    try:
        if path is None:
            return _within_limit(sys.stdin.buffer, path)
        with path.open("rb") as file:
            return _within_limit(file, path)
    except OSError as error:
        raise StratoscopeError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def _within_limit(file: BinaryIO, path: Path | None) -> bytes:
    data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise StratoscopeError(f"{_named(path)}: has more than {LIMIT >> 20} MB; give it in several parts")
    return data


def _named(path: Path | None) -> str:
    return "standard input" if path is None else str(path)
