"""Where we are: the namespace and the node of our own pod."""

import os
from collections.abc import Mapping
from pathlib import Path

NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
NODE_VARIABLE = "NODE_NAME"


class NoPlaceError(ValueError):
    """It is not known where to look: the namespace, or the node. `str()` says what to do."""


def own_namespace(path: Path = NAMESPACE_FILE) -> str:
    """That of the service account of this pod; empty outside of one."""
    try:
        return path.read_text(encoding="utf-8").strip()[:253]
    except OSError:
        return ""


def own_node(environment: Mapping[str, str] = os.environ) -> str:
    """The node of this pod, as its manifest tells it from `spec.nodeName`; empty where it does not."""
    return environment.get(NODE_VARIABLE, "")
