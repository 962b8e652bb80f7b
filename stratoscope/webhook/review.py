"""An AdmissionReview as it comes, and the answer to it: admission.k8s.io/v1, JSON in and out. Pure.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/. Pods stay the JSON that they came as:
webhooks that read them into types of their own have taken fields away that were newer than these types.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from stratoscope.inject.model import Owner, Subject
from stratoscope.inject.reading import listed, mapping, text

VERSION, KIND = "admission.k8s.io/v1", "AdmissionReview"
WARNINGS = 3
"""Of one answer; a person reads them between the lines of `kubectl`."""
WARNING = 256
"""Characters of one. The API server cuts what is longer."""
_UID = 128
"""Characters; the API server's have 36."""


class NoReviewError(Exception):
    """This is no review that we understand. `reason` is the label of a metric."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Review:
    """What is asked. `subject`: None for what is no pod that is about to be made, and `why` tells what it is then."""

    uid: str
    dry_run: bool
    subject: Subject | None
    reason: str = ""
    why: str = ""


def review_of(body: bytes) -> Review:
    """The review in the body of a request. Raises NoReviewError."""
    try:
        found = orjson.loads(body)
    except ValueError as error:
        raise NoReviewError(f"the body is no JSON: {error}"[:200], "no_json") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise NoReviewError(f"the body is no {KIND}", "no_review")
    if found.get("apiVersion") != VERSION:
        told = str(found.get("apiVersion"))[:60]
        raise NoReviewError(f"only {VERSION} is spoken, not {told}; set admissionReviewVersions: [v1]", "version")
    request = mapping(found, "request")
    uid = text(request, "uid")
    if not uid or len(uid) > _UID:
        raise NoReviewError("the request has no uid, which the answer must name", "no_uid")
    dry_run = request.get("dryRun") is True
    for reason, why in _unfit(request):
        return Review(uid, dry_run, None, reason, why)
    return Review(uid, dry_run, _subject(request))


def _unfit(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Why a request is not about a pod that is about to be made, as label and words."""
    kind = mapping(request, "kind")
    parts = text(kind, "group"), text(kind, "version"), text(kind, "kind"), text(request, "subResource")
    name = "/".join(part for part in parts if part)[:80]
    found = []
    if name != "v1/Pod":
        found.append(("kind", f"only pods are looked at, not {name or 'what has no kind'}"))
    if request.get("operation") != "CREATE":
        found.append(("operation", "only new pods are looked at; set operations: [CREATE]"))
    if not isinstance(request.get("object"), dict):
        found.append(("no_object", "the request has no object"))
    return found


def _subject(request: Mapping[str, Any]) -> Subject:
    """Of the namespace of the request, as that in the pod is often empty still."""
    pod = mapping(request, "object")
    owners = listed(mapping(pod, "metadata"), "ownerReferences")
    told = next((one for one in owners if one.get("controller") is True), owners[0] if owners else {})
    owner = Owner(text(told, "kind"), text(told, "name"), text(told, "apiVersion"), text(told, "uid"))
    return Subject(pod, text(request, "namespace"), owner)


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of the answer, and the size of the patch in it, in bytes."""

    body: bytes
    patch_bytes: int = 0


def answer_to(review: Review, patch: Sequence[Mapping[str, Any]] = (), warnings: Sequence[str] = (), told: str = "") -> Answer:
    """Allowed, always: a pod without sidecars is better than no pod. `told`: for the audit log of the API server."""
    response: dict[str, Any] = {"uid": review.uid, "allowed": True}
    packed = b""
    if patch:
        packed = orjson.dumps(patch)
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(packed).decode()}
    if warnings:
        response["warnings"] = [_warning(one) for one in warnings[:WARNINGS]]
    if told:
        response["auditAnnotations"] = {"outcome": told}
    return Answer(orjson.dumps({"apiVersion": VERSION, "kind": KIND, "response": response}), len(packed))


def _warning(text: str) -> str:
    line = " ".join(f"stratoscope: {text}".split())
    return line if len(line) <= WARNING else line[: WARNING - 1] + "…"
