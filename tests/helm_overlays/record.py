"""Records what a real Helm makes of openstack-helm's charts: `python -m tests.helm_overlays.record CHECKOUT HELM`.

CHECKOUT is a clone of openstack-helm, HELM the program. Done again for a new openstack-helm; what changed, a test then tells.
"""

import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.helm_overlays.values import OVERLAYS, RECORDED, section_of

FOLDER = OVERLAYS / "openstack-helm"
KUBERNETES = "1.35.0"


def rendered(helm: str, chart: Path, *overlays: Path) -> list[Any]:
    """All objects of a chart."""
    files = [word for overlay in overlays for word in ("-f", str(overlay))]
    command = [helm, "template", chart.name, str(chart), "--kube-version", KUBERNETES, "--namespace", "openstack", *files]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [one for one in yaml.safe_load_all(text) if one]


def logging_conf(helm: str, chart: Path, *overlays: Path) -> str:
    """It is the same in all objects of a chart."""
    (found,) = {
        base64.b64decode(value).decode() if one["kind"] == "Secret" else value
        for one in rendered(helm, chart, *overlays)
        for key, value in (one.get("data") or {}).items()
        if key == "logging.conf"
    }
    return str(found)


def record(helm: str, chart: Path) -> None:
    """All files of one chart."""
    name = chart.name
    overlay, filed = FOLDER / "logging" / f"{name}.yaml", FOLDER / "log-files" / f"{name}.yaml"
    folder = RECORDED / name
    folder.mkdir(parents=True, exist_ok=True)
    values = yaml.safe_load((chart / "values.yaml").read_text())["conf"][section_of(name)]
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    (folder / "default.conf").write_text(logging_conf(helm, chart))
    (folder / "logging.conf").write_text(logging_conf(helm, chart, overlay))
    if name != "tempest":
        (folder / "json.conf").write_text(logging_conf(helm, chart, overlay, FOLDER / "json.yaml"))
    if filed.exists():
        (folder / "log-files.conf").write_text(logging_conf(helm, chart, overlay, filed))


def record_pod(helm: str, chart: Path) -> None:
    """nova-scheduler's, without its environment, with all overlays."""
    overlays = (FOLDER / "logging" / "nova.yaml", FOLDER / "log-files" / "nova.yaml", FOLDER / "annotations.yaml")
    named = {(one["kind"], one["metadata"]["name"]): one for one in rendered(helm, chart, *overlays)}
    pod = named["Deployment", "nova-scheduler"]["spec"]["template"]
    for container in (*pod["spec"]["containers"], *pod["spec"]["initContainers"]):
        container.pop("env", None)
    (RECORDED.parent / "nova-scheduler.yaml").write_text(yaml.safe_dump(pod, sort_keys=False))


def main(checkout: str, helm: str) -> None:
    """All charts that have an overlay."""
    with tempfile.TemporaryDirectory() as folder:
        for overlay in sorted((FOLDER / "logging").iterdir()):
            chart = Path(folder, overlay.stem)
            shutil.copytree(Path(checkout, chart.name), chart)
            shutil.copytree(Path(checkout, "helm-toolkit"), chart / "charts" / "helm-toolkit", dirs_exist_ok=True)
            record(helm, chart)
            if chart.name == "nova":
                record_pod(helm, chart)


if __name__ == "__main__":
    main(*sys.argv[1:])
