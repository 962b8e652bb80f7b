"""An object of Kubernetes, waited for by a watch: the API server tells of each change, and is asked once.

1. List; the answer tells at which version of the cluster it holds, and mostly whether it is there already.
2. Watch from there. The server ends a watch after a while; the next one goes on from the last version.
3. A version that is too old (410 Gone, as HTTP status or as an event): begin with 1, after a pause, as all do whose watch
   has broken with this one.
"""

import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clients.kubernetes import Api, ApiError, SilenceError, Stream
from clients.kubernetes_access import ApiAccess
from clients.kubernetes_watch import Listing, changes, watching
from clients.model import Deadline
from probes.wait import ready
from probes.wait.model import Answer, Kube, Tell
from probes.wait.place import NODE_VARIABLE, NoPlaceError
from probes.wait.ready import Object


@dataclass(frozen=True, slots=True)
class Kind:
    """`path` with the namespace; `resource` as roles call it; `select` makes the query; `judge` says whether it is there."""

    path: str
    resource: str
    select: Callable[[str], Mapping[str, str]]
    judge: Callable[[str, Iterable[Object]], Answer]


KINDS = {
    "job": Kind(
        "/apis/batch/v1/namespaces/{}/jobs", "jobs of batch", lambda name: {"fieldSelector": f"metadata.name={name}"}, ready.job
    ),
    "service": Kind(
        "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
        "endpointslices of discovery.k8s.io",
        lambda name: {"labelSelector": f"kubernetes.io/service-name={name}"},
        ready.service,
    ),
    "pod": Kind("/api/v1/namespaces/{}/pods", "pods", lambda selector: {"labelSelector": selector}, ready.pod),
}


class KubeAsking:
    """One object, or those that a selector names. `namespace`: where none is written; `node`: this one."""

    def __init__(self, target: Kube, api: Api, namespace: str, node: str) -> None:
        """Raises NoPlaceError."""
        self._target = target
        self._kind = KINDS[target.kind]
        self._api = api
        self._namespace = target.namespace or namespace
        if not self._namespace:
            raise NoPlaceError(f"{target.shown}: in which namespace? write {target.kind}/NAMESPACE/NAME, or --namespace NAME")
        if target.own_node and not node:
            raise NoPlaceError(f"{target.shown}: on which node are we? set {NODE_VARIABLE} from spec.nodeName in the pod")
        self._path = self._kind.path.format(urllib.parse.quote(self._namespace, safe=""))
        self._query = dict(self._kind.select(target.name)) | (
            {"fieldSelector": f"spec.nodeName={node}"} if target.own_node else {}
        )
        self._objects: dict[str, Object] = {}
        self._version = ""
        self._stream: Stream | None = None
        self._interrupted = False

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:  # noqa: ARG002  a list has its own bound, a watch is to last
        """List unless that was done, then watch until it is there or the watch ends."""
        try:
            if not self._version:
                self._list()
            answer = self._judged()
            tell(answer.text)
            return answer if answer.there else self._watched(answer, tell)
        except SilenceError:
            return self._judged()
        except ApiError as error:
            if error.status == 410:
                self._version = ""
                return self._judged()
            return Answer(there=False, text=self._failed(error))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Answer(there=False, text=f"GET {self._path}: an answer of another shape ({type(error).__name__})")

    def interrupt(self) -> None:
        """End the watch."""
        self._interrupted = True
        if (stream := self._stream) is not None:
            stream.close()

    def close(self) -> None:
        """Nothing is kept."""

    def _judged(self) -> Answer:
        return self._kind.judge(self._target.name, self._objects.values())

    def _list(self) -> None:
        listing = Listing(self._api, self._path, self._query)
        self._objects = {str(one["metadata"]["name"]): ready.kept(one) for one in listing}
        self._version = listing.version

    def _watched(self, answer: Answer, tell: Tell) -> Answer:
        """What the watch came to."""
        with watching(self._api, self._path, self._query, self._version) as stream:
            self._stream = stream
            try:
                for kind, found in changes(stream, self._path, lambda: self._interrupted):
                    self._change(kind, found)
                    answer = self._judged()
                    if answer.there:
                        break
                    tell(answer.text)
            finally:
                self._stream = None
        return answer

    def _change(self, kind: str, found: Any) -> None:
        self._version = str(found["metadata"]["resourceVersion"])
        if kind in {"ADDED", "MODIFIED"}:
            self._objects[str(found["metadata"]["name"])] = ready.kept(found)
        elif kind == "DELETED":
            self._objects.pop(str(found["metadata"]["name"]), None)

    def _failed(self, error: ApiError) -> str:
        match error.status:
            case 401:
                return f"{error}; check the token, which is read again for the next attempt"
            case 403:
                return f"{error}; give its service account list and watch on {self._kind.resource} in {self._namespace}"
            case 0:
                return f"{error}; check the network and the address of the API server"
            case _:
                return str(error)


def kubernetes(access: ApiAccess, namespace: str, targets: int, node: str) -> Callable[[Kube], KubeAsking]:
    """Makes whoever asks for objects; all share one client. Raises NoPlaceError when it does."""
    api = Api(access, connections=max(1, targets))
    return lambda target: KubeAsking(target, api, namespace, node)
