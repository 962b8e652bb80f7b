"""From the body of a request to the body of its answer: the whole way of one review. It waits for nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from stratoscope.inject.admitting import Admission, admit
from stratoscope.inject.model import Refusal, Subject
from stratoscope.inject.settings import InjectSettings
from stratoscope.webhook.complaints import Complaint, complaint_of, fault_of, mendable
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.review import Answer, NoReviewError, Review, answer_to, review_of

Admit = Callable[[Subject, InjectSettings], Admission]
Complain = Callable[[Complaint], None]
"""Takes what its owner should know of a pod; returns at once."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body of an answer; JSON if the status is 200, else a line of text."""

    status: int
    body: bytes


class Reviewer:
    """Answers reviews by the settings in force, which `use` replaces."""

    def __init__(
        self,
        settings: InjectSettings,
        happenings: Happenings,
        complain: Complain,
        decide: Admit = admit,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._happenings = happenings
        self._complain = complain
        self._decide = decide
        self._wall = wall

    def use(self, settings: InjectSettings) -> None:
        """From the next review on."""
        self._settings = settings

    def reply(self, body: bytes) -> Reply:
        """The answer to one request. A fault of ours allows the pod as it is: without sidecars is better than not at all."""
        try:
            review = review_of(body)
        except NoReviewError as error:
            return self.refusal(400, error.reason, str(error))
        return Reply(200, self._answer(review).body)

    def refusal(self, status: int, reason: str, why: str) -> Reply:
        """The answer to what is no review."""
        self._happenings.refused(reason, why)
        return Reply(status, f"{why}\n".encode("utf-8", "replace"))

    def _answer(self, review: Review) -> Answer:
        subject = review.subject
        if subject is None:
            self._happenings.unfit(review.reason, review.why)
            return answer_to(review, warnings=[review.why], told=f"failed: {review.reason}")
        try:
            return self._decided(review, subject)
        except Exception:  # noqa: BLE001  whatever it is, the pod must come up
            self._happenings.fault(subject.name)
        if not review.dry_run and (complaint := fault_of(subject, self._wall())):
            self._complain(complaint)
        warnings = ["nothing is put into this pod, by a fault of the webhook; its log has more"]
        return answer_to(review, warnings=warnings, told="failed: fault")

    def _decided(self, review: Review, subject: Subject) -> Answer:
        admission = self._decide(subject, self._settings)
        outcome = admission.outcome
        if isinstance(outcome, Refusal):
            return self._left(review, subject, outcome)
        answer = answer_to(review, admission.patch, outcome.notes, "injected")
        self._happenings.injected(subject.name, answer.patch_bytes)
        return answer

    def _left(self, review: Review, subject: Subject, refusal: Refusal) -> Answer:
        complaint = complaint_of(subject, refusal, self._wall())
        if complaint is not None and not review.dry_run:
            self._complain(complaint)
        # who owns a pod is a controller, which reads no warnings; a pod of its own was made by a person
        told = mendable(refusal) and complaint is None
        warnings = [f"nothing is put into this pod: {refusal.told}"] if told else []
        answer = answer_to(review, warnings=warnings, told=f"left: {refusal.why.value}")
        self._happenings.left(subject.name, refusal.why)
        return answer
