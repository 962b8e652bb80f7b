"""All policies as the text of files."""

from typing import Any

import yaml

from stratoscope.inject.policies.example import EXCLUDED, KINDS
from stratoscope.inject.policies.mutating import mutating
from stratoscope.inject.policies.validating import validating

HEAD = """\
# Made by `make docs` out of stratoscope/inject/policies; docs/policies.md says what they do. Put in before they are applied:
# @NAME@, @IMAGE@, @PULL_POLICY@, @MODE@ (observe, enforce), @PROBES@ (missing, exec, all, none), @EXCLUDED@ (["kube-system"]).
"""


class _Dumper(yaml.SafeDumper):
    """Text of several lines as it is."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else ("" if text == EXCLUDED else None)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def files() -> dict[str, str]:
    """Name of a file -> its text."""
    made = {f"mutating-{kind.name}.yaml": _dumped(mutating(kind)) for kind in KINDS}
    return made | {"validating.yaml": _dumped(validating())}


def _dumped(documents: list[dict[str, Any]]) -> str:
    text = yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=1000, explicit_start=True)
    return HEAD + text.replace(f"'{EXCLUDED}'", EXCLUDED)
