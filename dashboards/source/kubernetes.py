"""What kube-prometheus wants: the dashboards as ConfigMaps that Grafana's sidecar finds, the rules as PrometheusRule."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboards.source.model import TAG

_ROOT = Path(__file__).parents[1]
_RULES = "kubernetes/prometheus-rules.yaml"
_HEAD = "# Made by `python -m dashboards.source`.\n"
_LABELS = {"app.kubernetes.io/name": TAG, "app.kubernetes.io/component": "monitoring"}


def manifests(dashboards: Iterable[str]) -> Mapping[str, str]:
    """Name of the file -> text. `dashboards`: names of files with dashboards."""
    rules = "---\n".join(_yaml(rule) for rule in _prometheus_rules())
    return {"kustomization.yaml": _HEAD + _yaml(_kustomization(dashboards)), _RULES: _HEAD + rules}


def _kustomization(dashboards: Iterable[str]) -> dict[str, Any]:
    """A ConfigMap for each dashboard, as one for all of them would be larger than Kubernetes takes."""
    maps = [{"name": f"{TAG}-{Path(name).stem}", "files": [name]} for name in dashboards]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [_RULES],
        "configMapGenerator": maps,
        "generatorOptions": {"disableNameSuffixHash": True, "labels": {**_LABELS, "grafana_dashboard": "1"}},
    }


def _prometheus_rules() -> Iterator[dict[str, Any]]:
    for kind in ("alerts", "recording"):
        for path in sorted((_ROOT / "prometheus" / kind).glob("*.yaml")):
            name = f"{TAG}-{path.stem}" if kind == "alerts" else f"{TAG}-{path.stem}-{kind}"
            yield {
                "apiVersion": "monitoring.coreos.com/v1",
                "kind": "PrometheusRule",
                "metadata": {"name": name, "labels": _LABELS},
                "spec": yaml.safe_load(path.read_text()),
            }


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _yaml(value: object) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
