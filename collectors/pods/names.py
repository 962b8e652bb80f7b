"""What the path of a container's log tells of its writer. Pure.

    /var/log/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log       written by the kubelet's container runtime
    /var/log/containers/<pod>_<namespace>_<container>-<container id>.log   links to the former

Names of Kubernetes have no `_`, so the parts can be told apart. Rotated files (`0.log.20261126-221500.gz`) tell the same. A
static pod (kube-apiserver ...) has the hash of its manifest, 32 hexadecimal digits, in the place of its uid: it is given
as `k8s.pod.uid` as it stands, though the API server knows the pod by another one.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"  # RFC 1123: namespaces, containers
_NAME = r"[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?"  # names of pods may have dots
_POD_LOG = re.compile(
    rf"(?:.*/)?(?P<namespace>{_LABEL})_(?P<pod>{_NAME})_(?P<uid>[0-9a-f][-0-9a-f]{{0,62}})"
    rf"/(?P<container>{_LABEL})/(?P<restarts>[0-9]{{1,9}})\.log(?:\.[^/]*)?",
    re.DOTALL,
)
_CONTAINER_LOG = re.compile(
    rf"(?:.*/)?(?P<pod>{_NAME})_(?P<namespace>{_LABEL})_(?P<container>{_LABEL})-(?P<id>[0-9a-f]{{64}})\.log(?:\.[^/]*)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ContainerName:
    """A container of a pod. `uid`, `restarts` and `id` are "" where they are not known."""

    namespace: str
    pod: str
    container: str
    uid: str = ""
    restarts: str = ""
    id: str = ""

    def resource(self) -> dict[str, str]:
        """The same under the names of OpenTelemetry's semantic conventions."""
        attributes = {
            "k8s.namespace.name": self.namespace,
            "k8s.pod.name": self.pod,
            "k8s.pod.uid": self.uid,
            "k8s.container.name": self.container,
            "k8s.container.restart_count": self.restarts,
            "container.id": self.id,
        }
        return {name: value for name, value in attributes.items() if value}


def container_of(path: str) -> ContainerName | None:
    """Whose log stands at this path; None if the path is of another shape."""
    if found := _POD_LOG.fullmatch(path):
        return ContainerName(found["namespace"], found["pod"], found["container"], found["uid"], found["restarts"])
    if found := _CONTAINER_LOG.fullmatch(path):
        return ContainerName(found["namespace"], found["pod"], found["container"], id=found["id"])
    return None


Globs = tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]


def resource_of_path(path: str) -> dict[str, str]:
    """What the path tells, under the names of OpenTelemetry's semantic conventions; {} if it is of another shape."""
    found = container_of(path)
    return found.resource() if found else {}


class Chosen:
    """Containers by globs `namespace/pod/container`: those that an `include` matches (all, if there is none) and no `exclude`.

    Parts that are left out match anything: `openstack` is the same as `openstack/*/*`.
    """

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._include = [_globs(text) for text in include]
        self._exclude = [_globs(text) for text in exclude]

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, ContainerName):
            return False
        wanted = not self._include or any(_match(globs, name) for globs in self._include)
        return wanted and not any(_match(globs, name) for globs in self._exclude)


def glob_mistakes(key: str, globs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with globs of containers."""
    for index, text in enumerate(globs):
        parts = text.split("/")
        if len(parts) > 3 or not all(parts):
            yield f"{key}[{index}]", "write namespace/pod/container, as openstack/nova-*/*; parts at the end may be left out"


def _globs(text: str) -> Globs:
    namespace, pod, container = (re.compile(fnmatch.translate(part)) for part in [*text.split("/"), "*", "*"][:3])
    return namespace, pod, container


def _match(globs: Globs, name: ContainerName) -> bool:
    namespace, pod, container = globs
    return bool(namespace.match(name.namespace) and pod.match(name.pod) and container.match(name.container))
