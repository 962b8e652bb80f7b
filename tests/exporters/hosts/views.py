"""A view that a test fills by hand."""

from collections.abc import Mapping
from typing import Any

from exporters.frame.view import Seen


class GivenView:
    """`View`: exporter -> target -> what was seen."""

    def __init__(self, **seen: Mapping[str, Any]) -> None:
        self._seen = {
            kind: {target: value if isinstance(value, Seen) else Seen(value, 1.0) for target, value in targets.items()}
            for kind, targets in seen.items()
        }

    def snapshots(self, kind: str) -> Mapping[str, Seen]:
        return self._seen.get(kind, {})
