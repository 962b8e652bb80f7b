"""When an object counts as there."""

import json
from pathlib import Path
from typing import Any

from probes.wait import ready
from probes.wait.model import Answer

DATA = Path(__file__).parents[2] / "data" / "probes" / "wait"


def thing(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


def test_a_job_is_there_when_it_is_complete() -> None:
    assert ready.job("x", [thing("job-complete")]) == Answer(there=True, text="complete")
    assert ready.job("x", []).text == "there is no job x"
    assert ready.job("x", [thing("job-running")]).text == "0 of 1 completions, 1 active, 2 failed"
    failed = ready.job("x", [thing("job-failed")])
    assert not failed.there
    assert "BackoffLimitExceeded Job has reached the specified backoff limit" in failed.text


def test_what_is_kept_is_judged_alike() -> None:
    for name in ("job-running", "job-complete", "job-failed"):
        assert ready.job("x", [ready.kept(thing(name))]) == ready.job("x", [thing(name)])
    piece = thing("endpointslice")
    assert ready.service("x", [ready.kept(piece)]) == ready.service("x", [piece])
    for change in ({}, {"deletionTimestamp": "2026-11-26T22:15:00Z"}):
        pod = {"metadata": {"name": "p", **change}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        assert ready.pod("a=b", [ready.kept(pod)]) == ready.pod("a=b", [pod])
    assert "managedFields" not in str(ready.kept({"metadata": {"name": "p", "managedFields": []}}))


def test_a_job_that_has_just_been_made_has_no_status() -> None:
    assert ready.job("x", [{"metadata": {"name": "x"}}]).text == "0 of 1 completions, 0 active, 0 failed"


def test_a_service_is_there_with_one_ready_endpoint() -> None:
    piece = thing("endpointslice")
    assert ready.service("keystone-api", [piece]) == Answer(there=True, text="1 of 1 endpoints are ready")
    piece["endpoints"][0]["conditions"]["ready"] = False
    assert ready.service("keystone-api", [piece]).text == "none of 1 endpoints is ready"
    assert ready.service("keystone-api", [piece | {"endpoints": None}]).text == "none of 0 endpoints is ready"
    assert ready.service("keystone-api", []).text == "there is no EndpointSlice of a service keystone-api"


def test_an_endpoint_of_which_nothing_is_known_counts_as_ready() -> None:
    assert ready.service("x", [{"endpoints": [{"addresses": ["10.0.0.1"]}]}]).there


def test_a_pod_on_its_way_out_is_not_there() -> None:
    pod = {"metadata": {"name": "p"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    going = {**pod, "metadata": {"name": "q", "deletionTimestamp": "2026-11-26T22:15:00Z"}}
    assert ready.pod("a=b", [going, pod]) == Answer(there=True, text="pod p is ready")
    assert ready.pod("a=b", [going]).text == "none of 1 pods with a=b is ready"
    assert ready.pod("a=b", [{"metadata": {"name": "n"}}]).text == "none of 1 pods with a=b is ready"
    assert ready.pod("a=b", []).text == "there is no pod with a=b"
