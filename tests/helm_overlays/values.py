"""What Helm and helm-toolkit make of values, as far as logging.conf goes; that it is the same was recorded with a real Helm."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
OVERLAYS = ROOT / "helm" / "overlays"
RECORDED = ROOT / "tests" / "data" / "overlays" / "openstack-helm"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def merged(values: Any, over: Any) -> Any:
    """As `helm -f`: mappings are merged, null takes a key away, everything else is replaced."""
    if not isinstance(values, dict) or not isinstance(over, dict):
        return over
    both = values | {key: merged(values.get(key), value) for key, value in over.items()}
    return {key: value for key, value in both.items() if value is not None}


def ini(sections: dict[str, dict[str, Any]]) -> str:
    """As helm-toolkit's to_oslo_conf: Go's templates take mappings in the order of their keys."""
    lines = []
    for section in sorted(sections):
        lines.append(f"[{section}]")
        for key, value in sorted(sections[section].items()):
            lines.append(f"{key} = {','.join(map(str, value)) if isinstance(value, list) else value}")
    return "\n".join(lines) + "\n"


def section_of(chart: str) -> str:
    """Where a chart has the values of its logging.conf, below `conf`."""
    return "tempest_logging" if chart == "tempest" else "logging"


def logging_of(chart: str, *overlays: str) -> str:
    """logging.conf of a chart with these overlays, files below helm/overlays/openstack-helm."""
    section = section_of(chart)
    values = {"conf": {section: read(RECORDED / chart / "values.yaml")}}
    for overlay in overlays:
        values = merged(values, read(OVERLAYS / "openstack-helm" / overlay))
    return ini(values["conf"][section])
