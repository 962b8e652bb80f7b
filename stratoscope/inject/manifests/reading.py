"""YAML as Kubernetes reads and writes it: what comes out means the same to it as what came in.

PyYAML keeps to YAML 1.1 more than Kubernetes does (`12:30` is a number to it, `2026-11-27` a date) and leaves words bare that
others take for numbers (`1e3`), so scalars are read by our own rules, and what anybody could take for something else is quoted.
"""

import re
from typing import Any

import yaml

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)$|0o?[0-7]+$|0x[0-9a-fA-F]+$")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
)
_TRUTH = re.compile(r"(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$")
_NOTHING = re.compile(r"(?:~|null|Null|NULL|)$")
_DOUBTFUL = re.compile(r"[-+]?\.?[0-9]|[~=<!]|(?i:y|n|yes|no|on|off|true|false|null|inf|nan|\.inf|\.nan)$")
"""How a bare word begins, or is, that some reader of YAML takes for no text."""


class _Loader(yaml.CSafeLoader):
    """With resolvers of our own."""


class _Dumper(yaml.CSafeDumper):
    """Text that could be doubtful is quoted; nothing is written as an alias."""

    def ignore_aliases(self, _: Any) -> bool:
        """Every value is written where it stands."""
        return True


def _resolve_as_kubernetes() -> None:
    own: Any = _Loader
    own.yaml_implicit_resolvers = {}
    for tag, pattern, first in (
        ("bool", _TRUTH, "yYnNtTfFoO"),
        ("null", _NOTHING, ["~", "n", "N", ""]),
        ("int", _NUMBER, "-+0123456789"),
        ("float", _FLOAT, "-+.0123456789"),
        ("merge", re.compile(r"<<$"), "<"),
    ):
        own.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", pattern, list(first))
    own.add_constructor("tag:yaml.org,2002:int", _whole)
    own.add_constructor("tag:yaml.org,2002:float", _fraction)
    _Dumper.add_representer(str, _text)


def _whole(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    if re.match(r"0[0-7]", text):
        return int(text, 8)  # as file modes are written
    return int(text, 0) if text.lower().startswith(("0x", "0o")) else int(text)


def _fraction(loader: Any, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _text(dumper: Any, data: str) -> yaml.ScalarNode:
    style = "|" if "\n" in data else '"' if _DOUBTFUL.match(data) else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)
    return node


_resolve_as_kubernetes()


def read(text: str) -> Any:
    """What one document says. Raises yaml.YAMLError."""
    return yaml.load(text, _Loader)  # noqa: S506  a safe one


def written(value: Any) -> str:
    """A document, in the order in which it came."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=10000, allow_unicode=True)
