"""`stratoscope check FILE`: every mistake of a settings file at once, each with its line. The secrets it names are read."""

import argparse
import sys
from pathlib import Path

from stratoscope.errors import FAILED, OK
from stratoscope.settings.kinds import checked
from stratoscope.settings.mistakes import SettingsError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `check` understands."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="settings file; its keys tell what it is for")


def execute(arguments: argparse.Namespace) -> int:
    """Tell what is wrong, or that nothing is, on standard output; the exit code."""
    code = OK
    for path in arguments.files:
        try:
            told = f"{path}: fine, settings of stratoscope {checked(path)}"
        except SettingsError as error:
            told, code = str(error), FAILED
        sys.stdout.write(f"{told}\n")
    return code
