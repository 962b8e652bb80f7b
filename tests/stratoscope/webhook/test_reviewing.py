"""Reviews and their answers: what gets a patch, what is left and why, and what is not a review at all."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.metrics import Samples
from stratoscope.inject.admitting import Admission
from stratoscope.inject.model import Refusal, Subject, Why
from stratoscope.inject.settings import InjectSettings
from stratoscope.webhook.complaints import MENDABLE
from stratoscope.webhook.happenings import Happenings
from tests.stratoscope.webhook.made import PODS, UID, Asked, Json, after, body, pod, response

SERVICES = ["keystone-api", "neutron-ovs-agent-default", "neutron-server", "nova-compute-default", "nova-conductor"]


@pytest.mark.parametrize("name", SERVICES)
def test_services_of_openstack_helm_get_their_sidecar_and_are_left_the_second_time(name: str) -> None:
    asked = Asked()
    before = pod(name)
    changed = after(before, asked.ask(before))
    sidecars = [one for one in changed["spec"]["initContainers"] if one["name"] == "stratoscope-probe"]
    assert [(one["image"], one["restartPolicy"]) for one in sidecars] == [("registry.example/stratoscope:1.0", "Always")]
    again = asked.ask(changed)
    assert "patch" not in again
    assert again["auditAnnotations"] == {"outcome": "left: injected"}
    assert asked.complaints == []  # that it is there already is nobody's trouble


def test_what_the_pod_has_besides_stays_as_it_came() -> None:
    """Webhooks that read pods into types of their own have taken away what was newer than these."""
    before = pod("nova-conductor")
    before["spec"]["containers"][0]["somethingOfTheFuture"] = {"deeply": [1, {"new": None}]}
    before["spec"]["initContainers"][0]["restartPolicy"] = "Always"
    changed = after(before, Asked().ask(before))
    assert changed["spec"]["containers"][0]["somethingOfTheFuture"] == {"deeply": [1, {"new": None}]}
    assert changed["spec"]["initContainers"][0]["restartPolicy"] == "Always"


def test_a_job_is_left_and_nobody_is_told() -> None:
    asked = Asked()
    assert asked.ask(pod("nova-db-sync")) == {"uid": UID, "allowed": True, "auditAnnotations": {"outcome": "left: job"}}
    assert asked.complaints == []


def test_a_pod_that_nobody_knows_is_told_to_its_owner_and_not_in_a_dry_run() -> None:
    asked = Asked()
    assert "warnings" not in asked.ask(pod("neutron-netns-cleanup-cron-default"), dryRun=True)
    assert asked.complaints == []
    told = asked.ask(pod("neutron-netns-cleanup-cron-default"))
    assert "warnings" not in told  # a controller reads none
    (complaint,) = asked.complaints
    assert (complaint.owner.kind, complaint.owner.name) == ("DaemonSet", "neutron-netns-cleanup-cron-default")
    assert (complaint.namespace, complaint.kind, complaint.reason, complaint.at) == (
        "openstack", "Normal", "Unknown", 1_800_000_000.5,
    )  # fmt: skip
    assert complaint.note.startswith("nothing is put into its pods: ")


def test_a_pod_without_an_owner_is_told_to_who_makes_it() -> None:
    asked = Asked()
    told = asked.ask({"metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", "image": "web"}]}})
    assert [one.partition(":")[0] for one in told["warnings"]] == ["stratoscope"]
    assert "nothing is put into this pod" in told["warnings"][0]
    assert asked.complaints == []


def test_the_namespace_is_that_of_the_request() -> None:
    seen: list[Subject] = []

    def decide(subject: Subject, _: InjectSettings) -> Admission:
        seen.append(subject)
        return Admission(Refusal(Why.JOB, ""))

    Asked(decide).ask({"metadata": {"namespace": "another"}}, namespace="openstack")
    assert [one.namespace for one in seen] == ["openstack"]


OWNED = {
    "metadata": {
        "ownerReferences": [
            {"kind": "Thing", "name": "other", "apiVersion": "v1", "uid": "1"},
            {"kind": "ReplicaSet", "name": "api-7c9d", "apiVersion": "apps/v1", "uid": "2", "controller": True},
        ]
    }
}


@pytest.mark.parametrize("why", list(Why))
def test_only_what_a_person_can_mend_is_told(why: Why) -> None:
    asked = Asked(lambda *_: Admission(Refusal(why, "because of this")))
    told = asked.ask(OWNED)
    assert told["auditAnnotations"] == {"outcome": f"left: {why.value}"}
    assert [(one.owner.name, one.owner.uid, one.kind) for one in asked.complaints] == (
        [("api-7c9d", "2", MENDABLE[why])] if why in MENDABLE else []
    )
    assert not {Why.INJECTED, Why.OWN, Why.MIRROR, Why.JOB, Why.OPTED_OUT} & {*MENDABLE}


@pytest.mark.parametrize(
    ("namespace", "name"), [("a/../b", "x"), ("kube.system", "x"), ("openstack", "x/status"), ("", "x"), ("openstack", "x?y=z")]
)
def test_a_name_that_is_none_never_becomes_part_of_a_path(namespace: str, name: str) -> None:
    thing: Json = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": name, "apiVersion": "v1", "uid": "2"}]}}
    asked = Asked()
    asked.ask(thing | {"spec": {"containers": [{"name": "a"}]}}, namespace=namespace)
    assert asked.complaints == []


def test_a_fault_of_ours_lets_the_pod_come_up_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def decide(*_: Any) -> Admission:
        raise LookupError("the fault")

    asked = Asked(decide)
    with caplog.at_level(logging.ERROR, "stratoscope.webhook"):
        told = [asked.ask(OWNED) for _ in range(3)]
    assert told[0]["warnings"] == [
        "stratoscope: nothing is put into this pod, by a fault of the webhook; its log has more",
    ]
    assert [one.reason for one in asked.complaints] == ["Fault"] * 3
    (line,) = caplog.records  # once a minute
    assert "api-7c9d" in line.getMessage()
    assert "the fault" in (line.exc_text or "")
    assert counted(asked.happenings)["failed", "fault"] == 3


def counted(happenings: Happenings) -> dict[tuple[str, str], float]:
    samples = Samples()
    happenings.tell(samples)
    (family,) = (one for one in samples if one.name == "stratoscope_webhook_reviews")
    return {(one.labels["outcome"], one.labels["reason"]): one.value for one in family.samples}


def test_warnings_are_few_and_short() -> None:
    notes = ("one\nline", "x" * 400, "three", "four")
    asked = Asked()
    admission = Asked().reviewer._decide(Subject(pod("nova-conductor"), "openstack"), InjectSettings(image="x"))
    outcome: Any = admission.outcome
    changed = Asked(lambda *_: Admission(type(outcome)(outcome.services, outcome.parts, 1, False, {}, notes=notes), ()))
    told = changed.ask(OWNED)["warnings"]
    assert told[0] == "stratoscope: one line"
    assert len(told[1]) == 256
    assert told[1].endswith("x…")
    assert len(told) == 3
    assert asked.complaints == []


UNFIT: dict[str, tuple[Json, str, str]] = {
    "a deployment": (
        {"kind": {"group": "apps", "version": "v1", "kind": "Deployment"}}, "kind", "looked at, not apps/v1/Deployment",
    ),
    "a part of a pod": ({"subResource": "ephemeralcontainers"}, "kind", "not v1/Pod/ephemeralcontainers"),
    "no kind": ({"kind": None}, "kind", "not what has no kind"),
    "a deletion": ({"operation": "DELETE"}, "operation", "set operations: [CREATE]"),
    "no operation": ({"operation": None}, "operation", "set operations: [CREATE]"),
    "no object": ({"object": None}, "no_object", "has no object"),
    "an object that is a list": ({"object": ["pod"]}, "no_object", "has no object"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
def test_what_is_no_new_pod_is_allowed_as_it_is(case: str) -> None:
    request, reason, told = UNFIT[case]
    asked = Asked()
    found = asked.ask(pod("nova-conductor"), **request)
    assert "patch" not in found
    assert told in found["warnings"][0]
    assert counted(asked.happenings)["failed", reason] == 1


VERSION = "only admission.k8s.io/v1 is spoken, not {}; set admissionReviewVersions: [v1]"
NONE: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "no_json", "the body is no JSON"),
    "no UTF-8": (b"\xff\xfe{}", "no_json", "the body is no JSON"),
    "cut off": (body(pod("keystone-api"))[:-1], "no_json", "the body is no JSON"),
    "nested without end": (b"[" * 100_000, "no_json", "the body is no JSON"),
    "a list": (b"[]", "no_review", "the body is no AdmissionReview"),
    "null": (b"null", "no_review", "the body is no AdmissionReview"),
    "a pod": (b'{"kind": "Pod", "apiVersion": "v1"}', "no_review", "the body is no AdmissionReview"),
    "an old version": (
        body({}).replace(b"k8s.io/v1", b"k8s.io/v1beta1"), "version", VERSION.format("admission.k8s.io/v1beta1"),
    ),
    "a version that is none": (body({}).replace(b'"admission.k8s.io/v1"', b"7"), "version", VERSION.format("7")),
    "an empty uid": (body({}, uid=""), "no_uid", "no uid, which the answer must name"),
    "a uid that is none": (body({}, uid=5), "no_uid", "no uid"),
    "a uid without end": (body({}, uid="u" * 129), "no_uid", "no uid"),
    "no request": (
        b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": []}', "no_uid", "no uid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NONE)
def test_what_is_no_review_is_refused_and_why(case: str) -> None:
    data, reason, told = NONE[case]
    asked = Asked()
    reply = asked.reviewer.reply(data)
    assert reply.status == 400
    assert told in reply.body.decode()
    assert counted(asked.happenings)["refused", reason] == 1


Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PLACES = st.lists(st.integers(0, 40), min_size=1, max_size=8)


def replaced(thing: Any, places: list[int], value: Any) -> Any:
    """Something somewhere in it is something else."""
    if not places or not isinstance(thing, dict | list) or not thing:
        return value
    keys = list(thing) if isinstance(thing, dict) else list(range(len(thing)))
    key = keys[places[0] % len(keys)]
    changed = dict(thing) if isinstance(thing, dict) else list(thing)
    changed[key] = replaced(thing[key], places[1:], value)
    return changed


@given(places=PLACES, value=Values, name=st.sampled_from([*SERVICES, "nova-db-sync"]))
def test_whatever_a_pod_is_it_is_allowed_without_a_fault(places: list[int], value: Any, name: str) -> None:
    """A fault of ours allows the pod as it is; and none is needed for a pod that is not as pods are."""
    asked = Asked()
    response(asked.reviewer.reply(body(replaced(pod(name), places, value))).body)
    assert ("failed", "fault") not in counted(asked.happenings)


@given(st.binary(max_size=300) | Values.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_answered(data: bytes) -> None:
    assert Asked().reviewer.reply(data).status == 400


def test_every_pod_of_the_samples_is_in_a_test() -> None:
    told = {*SERVICES, "nova-db-sync", "neutron-netns-cleanup-cron-default"}
    assert {path.stem for path in PODS.glob("*.json")} == told
