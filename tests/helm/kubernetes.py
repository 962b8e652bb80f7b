"""What a cluster would say of a manifest, by the schemas of Kubernetes and of custom resources. Unknown keys are mistakes."""

import functools
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.helm.render import Manifest

_CRDS = Path(__file__).parents[1] / "data" / "crds"
_SCHEMAS = files("kubernetes_validate") / "kubernetes-json-schema"


def mistakes(manifest: Manifest, version: str) -> list[str]:
    """What is wrong with a manifest, each with its place."""
    found = _validator(manifest["kind"], manifest["apiVersion"], version).iter_errors(manifest)
    name = f"{manifest['kind']}/{manifest['metadata']['name']}"
    return [f"{name} {error.json_path}: {error.message[:500]}" for error in found]


@functools.cache
def _validator(kind: str, api_version: str, version: str) -> Draft202012Validator:
    """Raises FileNotFoundError for a kind that is neither Kubernetes' own nor in tests/data/crds."""
    custom = _CRDS / f"{kind.lower()}.json"
    if custom.exists():
        crd = json.loads(custom.read_text())
        assert crd["apiVersion"] == api_version
        return Draft202012Validator(_strict(crd["schema"]))
    folder, definitions = _definitions(version)
    group, _, last = api_version.rpartition("/")
    name = f"{group.partition('.')[0]}-{last}" if group else last
    schema = json.loads((folder / f"{kind.lower()}-{name}.json").read_text())
    return Draft202012Validator(schema, registry=Resource.from_contents(schema) @ definitions)


@functools.cache
def _definitions(version: str) -> tuple[Any, Registry[Any]]:
    """Folder and shared definitions of a version; 1.6 MB to read."""
    folder = _SCHEMAS / f"v{version}.0-local-strict"
    return folder, Resource.from_contents(json.loads((folder / "_definitions.json").read_text())) @ Registry()


def _strict(schema: Any) -> Any:
    """The schema of a custom resource, refusing what it does not know; the API server drops it without a word."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        made["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
        made.pop("anyOf", None)
    return made
