"""A kubeconfig file for one server and one user."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def kubeconfig_at(folder: Path, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Path:
    """Written into a folder; its path."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(document))
    return path
