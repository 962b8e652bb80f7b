"""The doctor on a recorded cluster in which much is wrong: what it says, asks, and says when it may not look."""

import pytest

from clients.kubernetes import ApiError
from clients.model import Deadline
from stratoscope.doctor.looking import Wish, look
from stratoscope.doctor.looks import LOOKS
from stratoscope.doctor.model import Cluster, Finding, Severity
from stratoscope.doctor.rules.table import findings, view_of
from tests.stratoscope.doctor.recorded import AT, REPORT, RecordedApi, answer_of, looked, report

HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NAMESPACES = "/api/v1/namespaces"
PODS = "/api/v1/pods"


def found(cluster: Cluster, rule: str) -> list[Finding]:
    """What one rule says."""
    return [one for one in findings(view_of(cluster)) if one.rule == rule]


def test_the_report_is_the_one_that_was_read_over() -> None:
    assert report() == REPORT.read_text(), "python -m tests.stratoscope.doctor.recorded writes it anew; read it"


def test_nothing_is_asked_twice_and_no_secret_without_being_told_to() -> None:
    api = RecordedApi()
    cluster = looked(api, secrets=False)
    assert len(api.asked) == len(set(api.asked))
    assert not [one for one in api.asked if "/secrets" in one]
    assert [one.name for one in cluster.files if one.kind == "Secret" and one.text is not None] == []


def test_of_namespaces_that_were_named_and_of_our_own() -> None:
    api = RecordedApi()
    with pytest.raises(ApiError):  # the recording has no lists by namespace
        looked(api, "openstack")
    assert "/api/v1/namespaces/openstack/pods" in api.asked
    assert "/api/v1/namespaces/stratoscope/pods" in api.asked
    assert PODS not in api.asked


@pytest.mark.parametrize("name", [one.name for one in LOOKS if one.name != "pods"])
def test_a_right_that_is_missing_is_a_finding_that_names_it(name: str) -> None:
    cluster = looked(RecordedApi(refused=(f"/{name}",)))
    right = next(one.right for one in LOOKS if one.name == name)
    assert [one.what for one in found(cluster, "rights")] == [f"could not look at {name}: needs {right}"]
    assert not cluster.knows(name)


def test_without_the_right_to_list_pods_there_is_nothing_to_say() -> None:
    with pytest.raises(ApiError, match="forbidden"):
        looked(RecordedApi(refused=("/pods",)))


def test_a_file_that_may_not_be_read_is_a_finding() -> None:
    cluster = looked(RecordedApi(refused=("/secrets/nova-etc",)))
    assert [one.what for one in found(cluster, "rights")] == [
        "could not look at secret/nova-etc in openstack, key logging.conf: needs get secrets (nova-etc)"
    ]


def test_time_that_is_over_is_told_and_what_was_seen_is_judged() -> None:
    ticks = iter(range(1000))
    with pytest.raises(ApiError, match="no time was left"):
        look(RecordedApi(), Wish(), AT, Deadline(0.0, lambda: float(next(ticks))))
    ticks = iter(range(1000))
    cluster = look(RecordedApi(), Wish(), AT, Deadline(20.0, lambda: float(next(ticks))))
    assert cluster.all("pods")
    assert {one.do for one in found(cluster, "rights")} == {"ask again; if it stays, look at the API server"}


@pytest.mark.parametrize(
    "answer", [[], "text", None, {"items": ["x", 1, None]}, {"metadata": {}, "items": [{}]}, {"metadata": None}]
)
def test_an_answer_of_another_shape_is_a_gap(answer: object) -> None:
    cluster = looked(RecordedApi({"/api/v1/nodes": answer}))
    assert [one.what for one in found(cluster, "rights") if "nodes" in one.what]
    assert not cluster.knows("nodes")


def test_kinds_that_the_server_does_not_know_are_simply_not_there() -> None:
    gone = {one.path(""): {"status": 404, "body": "404 page not found"} for one in LOOKS if one.optional}
    cluster = looked(RecordedApi(gone))
    assert found(cluster, "rights") == []
    assert found(cluster, "monitors") == []
    assert cluster.knows("prometheuses")


def test_more_than_can_be_kept_is_cut_and_told() -> None:
    cluster = looked(RecordedApi(), most=1)
    assert len(cluster.all("pods")) == 1
    assert any("more than 1; name namespaces" in one.what for one in found(cluster, "rights"))


class TestInjector:
    """The webhook of the recording is well; each of these spoils one thing."""

    def test_well(self) -> None:
        assert found(looked(RecordedApi()), "injector") == []

    @pytest.mark.parametrize(
        ("bundle", "words"),
        [("", "caBundle is empty"), ("eA==", "no certificate in it"), ("%%%", "no certificate in it")],
    )
    def test_a_bundle_that_cannot_be_trusted(self, bundle: str, words: str) -> None:
        hooks = answer_of(HOOKS)
        for one in hooks["items"]:
            for webhook in one["webhooks"]:
                webhook["clientConfig"]["caBundle"] = bundle
        told = found(looked(RecordedApi({HOOKS: hooks})), "injector")
        assert [(one.severity, words in one.what) for one in told] == [(Severity.ERROR, True)]

    def test_a_bundle_that_has_expired(self) -> None:
        cluster = look(RecordedApi(), Wish(), AT.replace(year=2090), Deadline.after(60.0))
        assert [one.what.startswith("caBundle has expired") for one in found(cluster, "injector")] == [True]

    def test_nobody_serves(self) -> None:
        slices = {"/apis/discovery.k8s.io/v1/endpointslices": {"metadata": {"resourceVersion": "1"}, "items": []}}
        told = found(looked(RecordedApi(slices)), "injector")
        assert [one.what for one in told] == [
            "nothing serves behind its Service stratoscope-webhook: pods come up without sidecars"
        ]

    def test_nobody_injects(self) -> None:
        told = found(looked(RecordedApi({HOOKS: {"metadata": {"resourceVersion": "1"}, "items": []}})), "injector")
        assert [(one.severity, one.where) for one in told] == [(Severity.ERROR, "namespaces openstack")]

    def test_namespaces_that_it_is_not_asked_about(self) -> None:
        hooks = answer_of(HOOKS)
        ours = next(one for one in hooks["items"] if "stratoscope" in one["metadata"]["name"])
        ours["webhooks"][0]["namespaceSelector"]["matchExpressions"] = [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["openstack"]}
        ]
        told = found(looked(RecordedApi({HOOKS: hooks})), "injector")
        assert [one.what for one in told] == ["the webhook is not asked about namespaces that are opted in"]

    def test_a_namespace_that_is_not_opted_in_is_told_how(self) -> None:
        namespaces = answer_of(NAMESPACES)
        for one in namespaces["items"]:
            one["metadata"].get("labels", {}).pop("stratoscope.io/inject", None)
        cluster = looked(RecordedApi({NAMESPACES: namespaces}))
        told = found(cluster, "injector")
        assert [one.do for one in told] == [
            "kubectl label namespace openstack stratoscope.io/inject=enabled, then restart them"
        ]
        assert found(cluster, "missing") == []

    def test_both_ways_at_once(self) -> None:
        path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
        policies = {"metadata": {"resourceVersion": "1"}, "items": [{"metadata": {"name": "stratoscope-nova-compute"}}]}
        told = found(looked(RecordedApi({path: policies})), "injector")
        assert ["both a webhook and a policy inject" in one.what for one in told] == [True]


def test_pods_that_are_older_than_the_webhook_are_told_apart() -> None:
    pods = answer_of(PODS)
    for one in pods["items"]:
        one["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
    told = found(looked(RecordedApi({PODS: pods})), "missing")
    assert {one.what.rpartition(": ")[2] for one in told} == {"older than what injects"}
    assert "kubectl -n openstack rollout restart deployment/nova-api-osapi" in {one.do for one in told}


def test_pods_that_ended_or_are_about_to_are_left_out() -> None:
    pods = answer_of(PODS)
    for one in pods["items"]:
        one["status"] = {"phase": "Succeeded"}
    cluster = looked(RecordedApi({PODS: pods}))
    for rule in ("missing", "broken", "declined", "ourselves"):
        assert found(cluster, rule) == []


@pytest.mark.parametrize(
    ("version", "severity"),
    [("v1.28.9", Severity.ERROR), ("v1.32.1+rke2r1", Severity.NOTE), ("v1.33.0", None), ("nonsense", None)],
)
def test_versions_of_the_server(version: str, severity: Severity | None) -> None:
    nodes = {"metadata": {"resourceVersion": "1"}, "items": []}
    told = found(looked(RecordedApi({"/version": {"gitVersion": version}, "/api/v1/nodes": nodes})), "versions")
    assert [one.severity for one in told] == ([severity] if severity else [])
