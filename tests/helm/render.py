"""The chart as manifests: what helm makes of it and of values, as objects."""

import functools
import subprocess
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.helm.tools import TOOLS
from tests.helm.values import CHART

Manifest = dict[str, Any]
HELMS = ("helm3", "helm4")
KUBERNETES = ("1.33", "1.34", "1.35", "1.36", "1.37")
CI = CHART / "ci"
GOOD = tuple(sorted(path.name for path in CI.glob("*-values.yaml") if not path.name.startswith("bad-")))
BAD = tuple(sorted(path.name for path in CI.glob("bad-*-values.yaml")))
_SECONDS = 60


class _Loader(yaml.CSafeLoader):
    """A key that stands twice is a mistake: YAML takes the last one, and says nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [name for name in names if names.count(name) > 1]
        assert not twice, f"{node.start_mark}: {twice[0]} stands twice"
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Way:
    """How the chart is rendered. `values`: the name of a file in ci/. `sets`: arguments of --set."""

    values: str = "default-values.yaml"
    helm: str = "helm3"
    kubernetes: str = "1.35"
    release: str = "obs"
    namespace: str = "openstack"
    sets: tuple[str, ...] = ()
    chart: Path = CHART

    def __str__(self) -> str:
        """For the names of tests."""
        return self.values.removesuffix("-values.yaml")


def helm(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a helm; what it says is for the caller to judge."""
    program = TOOLS / name
    assert program.exists(), f"{program} is missing; `make test` puts it there, and so does `python -m tests.helm.tools uv`"
    # helm 4 looks for plugins and caches in the home folder otherwise
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(TOOLS), "HELM_PLUGINS": str(TOOLS / "no-plugins")}
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)


def template(way: Way) -> subprocess.CompletedProcess[str]:
    """What `helm template` says."""
    sets = [part for one in way.sets for part in ("--set", one)]
    version = ("--kube-version", f"{way.kubernetes}.0")
    return helm(way.helm, "template", way.release, way.chart, "-n", way.namespace, *version, "-f", CI / way.values, *sets)


@functools.cache
def text_of(way: Way) -> str:
    """The manifests as text, as the same way is asked for by many tests."""
    done = template(way)
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def rendered(way: Way) -> tuple[Manifest, ...]:
    """The manifests; not to be changed."""
    return tuple(one for one in yaml.load_all(text_of(way), _Loader) if one)


def kinds(way: Way, *wanted: str) -> list[Manifest]:
    """The manifests of some kinds."""
    return [one for one in rendered(way) if one["kind"] in wanted]


def named(way: Way, kind: str, name: str) -> Manifest:
    """The manifest of a name."""
    (found,) = [one for one in kinds(way, kind) if one["metadata"]["name"] == name]
    return found


def identity(manifest: Manifest) -> tuple[str, str, str]:
    """What there can be only one of in a cluster."""
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def pod_of(manifest: Manifest) -> Manifest | None:
    """The template of pods in a manifest: `metadata` and `spec`."""
    if manifest["kind"] == "CronJob":
        manifest = manifest["spec"]["jobTemplate"]
    template_: Manifest | None = manifest.get("spec", {}).get("template")
    return template_


def pods(way: Way) -> Iterator[tuple[str, Manifest]]:
    """Kind/name and template of all that makes pods."""
    for one in rendered(way):
        pod = pod_of(one)
        if pod is not None and one["kind"] in ("DaemonSet", "Deployment", "Job", "CronJob"):
            yield f"{one['kind']}/{one['metadata']['name']}", pod


def containers(pod: Manifest) -> list[Manifest]:
    """All containers of a pod, those that start it too."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def versions_of(values: str) -> tuple[str, ...]:
    """Those of Kubernetes that a file of values is rendered for: what its first line names, else the oldest and the newest."""
    first = (CI / values).read_text().splitlines()[0]
    if first.startswith("# kubernetes: "):
        return tuple(first.removeprefix("# kubernetes: ").split())
    return KUBERNETES if values == "everything-values.yaml" else (KUBERNETES[0], KUBERNETES[-1])
