"""All files that are made, by their names below dashboards/."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.source.frame import dashboard_of
from dashboards.source.kubernetes import manifests
from dashboards.source.model import Page
from dashboards.source.table import PAGES

FOLDERS = ("grafana", "kubernetes")
"""Folders in which all is made."""


def files() -> Mapping[str, str]:
    """Name -> text. The same sources always give the same bytes."""
    dashboards = {f"grafana/{page.name}.json": text_of(page) for page in PAGES}
    return {**dashboards, **manifests(dashboards)}


def text_of(page: Page) -> str:
    """A page as JSON, in the order that makes changes easy to read."""
    plain = json.loads(json.dumps(dashboard_of(page), cls=JSONEncoder))
    return json.dumps(_shown(plain), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _shown(value: Any) -> Any:
    """Without `placement`: the SDK puts every link and annotation into a menu, where nobody sees them."""
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items() if name != "placement" or one != "inControlsMenu"}
    return [_shown(one) for one in value] if isinstance(value, list) else value


def left_over(root: Path, made: Iterable[str]) -> Iterator[str]:
    """Files in the made folders that nothing makes."""
    there = (path.relative_to(root).as_posix() for folder in FOLDERS for path in (root / folder).glob("*"))
    return (name for name in there if name not in set(made))
