"""Schemas of the operators' resources, cut down to what the fragments use: whole ones have half a megabyte.

`python -m tests.helm_overlays.schemas CRD...` writes them anew, from the operators' own CustomResourceDefinitions. What a
fragment writes and a schema does not know is an error here: the API server would drop it without a word.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.helm_overlays.values import OVERLAYS, ROOT

FOLDER = ROOT / "tests" / "data" / "overlays" / "schemas"
FRAGMENTS = (OVERLAYS / "percona" / "cluster.yaml", OVERLAYS / "rabbitmq-operator" / "cluster.yaml")
_PROPERTIES = ("properties", "additionalProperties", "items", "description", "default")


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text()))


def resources() -> Iterator[Any]:
    """All custom resources in the fragments."""
    yield from (one for path in FRAGMENTS for one in documents(path) if "." in one["apiVersion"].partition("/")[0])


def trimmed(schema: dict[str, Any], value: Any, where: str = "") -> dict[str, Any]:
    """The schema, without what the value does not use; what it uses and the schema does not have raises KeyError."""
    kept = {key: one for key, one in schema.items() if key not in _PROPERTIES and not key.startswith("x-")}
    if schema.get("x-kubernetes-int-or-string"):
        kept["type"] = ["integer", "string"]
    free = schema.get("additionalProperties")
    if isinstance(value, dict) and isinstance(free, dict):
        kept["additionalProperties"] = {"type": ["integer", "string"]} if free.get("x-kubernetes-int-or-string") else free
    elif isinstance(value, dict):
        known = schema.get("properties", {})
        if strange := value.keys() - known.keys():
            raise KeyError(f"{where}: {', '.join(sorted(strange))}")
        kept["properties"] = {key: trimmed(known[key], one, f"{where}.{key}") for key, one in value.items()}
        kept["additionalProperties"] = False
    elif isinstance(value, list):
        kept["items"] = _joined([trimmed(schema["items"], one, f"{where}[]") for one in value])
    return kept


def _joined(schemas: list[Any]) -> Any:
    """One schema for all items of a list."""
    if not isinstance(schemas[0], dict):
        return schemas[0]
    keys = dict.fromkeys(key for one in schemas for key in one)
    return {key: _joined([one[key] for one in schemas if key in one]) for key in keys}


def main(paths: list[str]) -> None:
    """Write the schemas of all fragments."""
    crds = [one for path in paths for one in documents(Path(path)) if one and one["kind"] == "CustomResourceDefinition"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for resource in resources():
        (crd,) = (one for one in crds if one["spec"]["names"]["kind"] == resource["kind"])
        version = resource["apiVersion"].partition("/")[2]
        (schema,) = (one["schema"]["openAPIV3Schema"] for one in crd["spec"]["versions"] if one["name"] == version)
        whole = schema | {"properties": schema["properties"] | {"metadata": {"properties": {"name": {}, "namespace": {}}}}}
        text = json.dumps(trimmed(whole, resource, resource["kind"]), indent=1, sort_keys=True)
        (FOLDER / f"{resource['kind']}.json").write_text(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
