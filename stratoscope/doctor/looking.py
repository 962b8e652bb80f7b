"""The doctor's I/O: lists what `LOOKS` names, reads the few files that pods mount. What fails is noted, and the rest goes on.

Bounds: a deadline over all, objects of a kind, files, bytes of a file. What is beyond them is noted as not looked at.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from clients.kubernetes import Api, ApiError, SilenceError
from clients.kubernetes_watch import Listing
from clients.model import Deadline
from stratoscope.doctor.looks import LOOKS, PODS, WEBHOOKS, Look
from stratoscope.doctor.model import Cluster, File, Gap, Object
from stratoscope.doctor.mounted import files_of
from stratoscope.doctor.ourselves import homes
from stratoscope.doctor.workloads import component_of, name_of, namespace_of, ours
from stratoscope.inject.reading import mapping

MOST_FILES = 300
_METRICS_PORT = 9765
_METRICS_BYTES = 16 << 20
_TOLD = ("stratoscope_exporter_up", "stratoscope_exporter_success")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked at. `secrets` and `metrics` take rights that reach far, so they are asked for.

    `most`: objects of one kind; a pod takes 2.4 KB here, and its workload 12 KB.
    """

    namespaces: tuple[str, ...] = ()
    secrets: bool = False
    metrics: bool = False
    most: int = 20_000


def look(api: Api, wish: Wish, at: datetime, deadline: Deadline) -> Cluster:
    """The cluster as it is. Raises ApiError when it cannot be reached or lists no pods at all."""
    version = str(api.get("/version", {}).get("gitVersion", ""))
    looker = _Looker(api, deadline, wish.most)
    namespaces, objects = wish.namespaces, {}
    for one in LOOKS:  # that of webhooks comes first: it tells in which namespace our own pods are
        objects[one.name] = tuple(looker.listed(one, namespaces))
        if one.name == WEBHOOKS and namespaces:
            namespaces = tuple(dict.fromkeys((*namespaces, *homes(objects[one.name]))))
    if "pods" not in looker.asked and not objects["pods"]:
        raise ApiError(next(gap.why for gap in looker.gaps if gap.right == PODS.right))
    wanted = list(files_of(objects["pods"]))
    files = looker.files(wanted, secrets=wish.secrets)
    metrics = looker.metrics(objects["pods"]) if wish.metrics else {}
    return Cluster(
        version=version,
        at=at,
        objects=objects,
        asked=frozenset(looker.asked),
        files=tuple(files),
        metrics=metrics,
        gaps=tuple(looker.gaps),
        namespaces=wish.namespaces,
    )


class _Looker:
    def __init__(self, api: Api, deadline: Deadline, most: int) -> None:
        self.gaps: list[Gap] = []
        self.asked: set[str] = set()
        self._api = api
        self._deadline = deadline
        self._most = most
        self._specs: dict[bytes, Any] = {}

    def listed(self, look: Look, namespaces: Sequence[str]) -> Iterator[Object]:
        """All objects of a kind, up to so many."""
        count = 0
        whole = True
        for namespace in namespaces if look.namespaced and namespaces else ("",):
            try:
                for found in self._listing(look, namespace):
                    if (count := count + 1) > self._most:
                        self._gap(look, f"there are more than {self._most}; name namespaces with -n")
                        return
                    yield self._shared(look.kept(found))
            except ApiError as error:
                if error.status == 404 and look.optional:
                    continue
                whole = False
                self._gap(look, str(error), forbidden=_forbidden(error), namespace=namespace)
        if whole:
            self.asked.add(look.name)

    def _shared(self, kept: dict[str, Any]) -> dict[str, Any]:
        """With the spec that another one has, too: a hundred pods of one DaemonSet then take the memory of one."""
        if "spec" in kept:
            kept["spec"] = self._specs.setdefault(orjson.dumps(kept["spec"]), kept["spec"])
        return kept

    def _listing(self, look: Look, namespace: str) -> Iterator[Object]:
        self._in_time()
        try:
            for found in Listing(self._api, look.path(quote(namespace, safe="")), look.query, self._late):
                if isinstance(found, dict):
                    yield found
        except (KeyError, TypeError, AttributeError) as error:
            raise ApiError(f"an answer of another shape ({type(error).__name__})") from error
        if self._late():
            raise ApiError("the time was over before its end; give more with --deadline")

    def files(self, wanted: Sequence[File], *, secrets: bool) -> Iterator[File]:
        """Each file with its text. A Secret's is read only on request: this right shows passwords."""
        for index, one in enumerate(wanted):
            if index >= MOST_FILES:
                what = f"{len(wanted) - index} files of services"
                self.gaps.append(Gap(what, "", f"more than {MOST_FILES} of them; name namespaces with -n"))
                return
            if one.kind == "Secret" and not secrets:
                yield one
                continue
            yield self._read(one)

    def _read(self, wanted: File) -> File:
        resource = f"{wanted.kind.lower()}s"
        path = f"/api/v1/namespaces/{quote(wanted.namespace, safe='')}/{resource}/{quote(wanted.name, safe='')}"
        try:
            self._in_time()
            data = mapping(self._api.get(path, {}), "data").get(wanted.key, "")
            text = _decoded(str(data)) if wanted.kind == "Secret" else str(data)
        except ApiError as error:
            if error.status == 404:  # a volume that is optional, or a pod that waits for it: the kubelet's Events tell
                return replace(wanted, text="")
            right = f"get {resource} ({wanted.name})"
            self.gaps.append(Gap(wanted.place, right, str(error), _forbidden(error), wanted.namespace))
            return wanted
        return replace(wanted, text=text)

    def metrics(self, pods: Iterable[Object]) -> dict[str, str]:
        """What our exporters say of their targets: the two series alone, out of megabytes."""
        told = {}
        for pod in pods:
            if ours(pod) and component_of(pod).startswith("exporter-") and mapping(pod, "status").get("phase") == "Running":
                place = f"{namespace_of(pod)}/{name_of(pod)}"
                try:
                    told[place] = self._scraped(namespace_of(pod), name_of(pod))
                except (ApiError, SilenceError) as error:
                    what, namespace = f"metrics of pod {place}", namespace_of(pod)
                    self.gaps.append(Gap(what, "get pods/proxy", str(error), _forbidden(error), namespace))
        return told

    def _scraped(self, namespace: str, name: str) -> str:
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(name, safe='')}:{_METRICS_PORT}/proxy/metrics"
        self._in_time()
        left = max(self._deadline.at - self._deadline.clock(), 1.0)
        rest, kept, size = b"", [], 0
        with self._api.open(path, {}, min(left, 15.0)) as stream:
            for data in stream:
                if (size := size + len(data)) > _METRICS_BYTES:
                    raise ApiError(f"more than {_METRICS_BYTES >> 20} MB of metrics")
                *lines, rest = (rest + data).split(b"\n")
                kept += [line.decode("utf-8", "replace") for line in lines if line.startswith(tuple(map(str.encode, _TOLD)))]
        return "\n".join(kept)

    def _in_time(self) -> None:
        if self._late():
            raise ApiError("no time was left for it; give more with --deadline")

    def _late(self) -> bool:
        return self._deadline.clock() >= self._deadline.at

    def _gap(self, look: Look, why: str, *, forbidden: bool = False, namespace: str = "") -> None:
        where = f"{look.name} in {namespace}" if namespace else look.name
        self.gaps.append(Gap(where, look.right, why, forbidden, namespace))


def _forbidden(error: Exception) -> bool:
    """Whether the API server itself refused; behind its proxy others do, too, and say nothing of roles."""
    return isinstance(error, ApiError) and error.status == 403 and error.reason == "Forbidden"


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
