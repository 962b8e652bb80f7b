"""`promtool check metrics`, Prometheus' own opinion of names, units and help texts."""

import subprocess


def complaints(text: str) -> str:
    """What it has against the text; empty if nothing."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr + done.stdout
