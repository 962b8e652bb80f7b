"""Services that log by given settings, and the events that come of it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from parsers.model import Event
from parsers.parser import Parser
from tests.helm_overlays.values import ROOT

Said = dict[str, list[Event]]


def heard(folder: Path, settings: Mapping[str, str]) -> Said:
    """Events of services by SERVICE.HOW; `settings`: lines of [DEFAULT]. One run for all: oslo.log takes long to import."""
    for name, lines in settings.items():
        (folder / name).write_text(f"[DEFAULT]\n{lines}\n")
    arguments = [f"{name.partition('.')[0]}={folder / name}" for name in settings]
    script = [sys.executable, "-m", "tests.helm_overlays.speaker", *arguments]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=110, check=True)
    return {name: events(text) for name, text in json.loads(done.stdout).items()}


def events(text: str) -> list[Event]:
    parser = Parser()
    return [*parser.feed(text.encode(), 0.0), *parser.close()]


def bodies(found: list[Event]) -> list[str]:
    return [event["body"] for event in found]
