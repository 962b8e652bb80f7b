"""When a pod's owner is told that nothing is put into it, and in which words. Pure."""

import re
from dataclasses import dataclass

from stratoscope.inject.model import Owner, Refusal, Subject, Why

MENDABLE = {
    Why.UNKNOWN: "Normal",
    Why.UNCLEAR: "Warning",
    Why.UNSEEN: "Warning",
    Why.OPERATED: "Normal",
    Why.PORT_TAKEN: "Warning",
}
"""The reasons that a person can do something about, and the type of their Events. The others are as somebody wants it."""
FAULT = "Fault"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
"""Of a namespace or an owner. Nothing else becomes a part of a path at the API server, whoever has sent the review."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an Event tells of the owner of a pod. `at`: seconds since 1970, when the pod was looked at."""

    namespace: str
    owner: Owner
    kind: str
    reason: str
    note: str
    at: float

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """Complaints with the same are one, however often they come."""
        owner = self.owner
        return self.namespace, owner.kind, owner.name, owner.uid, self.reason, self.note


def mendable(refusal: Refusal) -> bool:
    """Whether a person can do something about it."""
    return refusal.why in MENDABLE


def complaint_of(subject: Subject, refusal: Refusal, at: float) -> Complaint | None:
    """What is told of a pod that was left; None where there is nothing to mend, or nobody who could be told.

    A pod without an owner is made by a person, who reads the warnings of the answer; an Event would need its uid, which it has
    not got yet.
    """
    kind = MENDABLE.get(refusal.why)
    if kind is None or not _can_be_told(subject):
        return None
    reason = "".join(word.capitalize() for word in refusal.why.value.split("_"))
    return Complaint(subject.namespace, subject.owner, kind, reason, f"nothing is put into its pods: {refusal.told}", at)


def fault_of(subject: Subject, at: float) -> Complaint | None:
    """The same, for a fault of ours."""
    if not _can_be_told(subject):
        return None
    note = "nothing is put into its pods, as stratoscope webhook failed on them; its log has more"
    return Complaint(subject.namespace, subject.owner, "Warning", FAULT, note, at)


def _can_be_told(subject: Subject) -> bool:
    owner = subject.owner
    named = _NAME.fullmatch(subject.namespace) and "." not in subject.namespace and _NAME.fullmatch(owner.name)
    return bool(named and owner.kind and owner.api_version and owner.uid)
