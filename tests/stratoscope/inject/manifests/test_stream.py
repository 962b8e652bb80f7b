"""Manifests in, manifests out: nothing is lost, and nothing means something else."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.inject.manifests.documents import ManifestError, documents
from stratoscope.inject.manifests.report import as_mapping, report
from stratoscope.inject.manifests.stream import inject
from stratoscope.inject.manifests.tree import tree_of
from stratoscope.inject.manifests.values import value_of
from stratoscope.inject.model import Refusal, Why
from tests.stratoscope.inject.workloads import SETTINGS

DEPLOYMENT = """\
# Source: nova/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: nova-conductor
  namespace: openstack
spec:
  template:
    metadata:
      annotations: {checksum: 1e3x, on: "1e3"}
    spec:
      containers:
        - name: nova-conductor
          image: 'openstack'
          env:
            - {name: MODE, value: "0644"}
            - name: TIME
              value: 12:30
          volumeMounts:
            - {name: etc, mountPath: /etc/nova/nova.conf, subPath: nova.conf}
          args:
            - |
              # a script
              exec nova-conductor \\
                --config-file x
      volumes:
        - name: etc
          secret: {secretName: etc, defaultMode: 0444}
"""
OTHERS = """\
---
# a comment
apiVersion: v1
kind: ConfigMap
metadata: {name: x}   # another
data: &all
  script: |
    ---x
    y
  again: "yes"
more: *all
---

...
---
- a list
- of words
--- {"kind": "Secret"}
"""


def injected(stream: str) -> str:
    text, told = inject(stream.encode(), SETTINGS)
    assert [one.outcome for one in told if isinstance(one.outcome, Refusal)] == []
    return text.decode()


def meaning(text: str) -> list[Any]:
    """All documents, as Kubernetes takes them."""
    trees = [tree_of(one) for one in documents(text.encode())]
    return [value_of(tree) for tree in trees if tree is not None]


def test_what_is_not_changed_comes_out_byte_for_byte() -> None:
    text = injected(OTHERS + "---\n" + DEPLOYMENT)
    assert text.startswith(OTHERS + "---\n# Source: nova/templates/deployment.yaml\n")


def test_in_what_is_changed_each_word_stays_as_it_was_written() -> None:
    text = injected(DEPLOYMENT)
    lost = [line.strip() for line in DEPLOYMENT.splitlines() if line.strip() not in {one.strip() for one in text.splitlines()}]
    assert lost == ['annotations: {checksum: 1e3x, on: "1e3"}']  # ours are in there now
    assert '{checksum: 1e3x, on: "1e3",' in text
    assert "name: stratoscope-probe" in text


def test_the_rest_means_what_it_meant() -> None:
    before, after = meaning(DEPLOYMENT)[0], meaning(injected(DEPLOYMENT))[0]
    pod, new = before["spec"]["template"], after["spec"]["template"]
    assert pod["metadata"]["annotations"].items() <= new["metadata"]["annotations"].items()
    assert (
        new["spec"]["volumes"][0]
        == pod["spec"]["volumes"][0]
        == {"name": "etc", "secret": {"secretName": "etc", "defaultMode": 292}}
    )
    assert {key: new["spec"]["containers"][0][key] for key in ("env", "args", "image")} == {
        key: pod["spec"]["containers"][0][key] for key in ("env", "args", "image")
    }


def test_twice_is_once() -> None:
    once, _ = inject(DEPLOYMENT.encode(), SETTINGS)
    again, told = inject(once, SETTINGS)
    assert again == once
    assert [one.outcome.why for one in told if isinstance(one.outcome, Refusal)] == [Why.INJECTED]


def test_json_stays_json() -> None:
    value = yaml.safe_load(DEPLOYMENT)
    text = injected(json.dumps(value, indent=3) + "\n" + json.dumps({"kind": "List", "apiVersion": "v1", "items": [value]}))
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(text)
    second, _ = decoder.raw_decode(text[end:].lstrip())
    assert first["spec"]["template"]["spec"]["initContainers"][0]["name"] == "stratoscope-probe"
    assert second["items"][0] == first
    assert text.startswith('{\n   "apiVersion"')


def test_lists_are_looked_into() -> None:
    indented = "".join(f"    {line}\n" for line in DEPLOYMENT.splitlines()[1:])
    typed = f"apiVersion: apps/v1\nkind: DeploymentList\nitems:\n  -\n{indented}"
    nested = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: List\n    items:\n      -\n"
    nested += "".join(f"        {line}\n" for line in DEPLOYMENT.splitlines()[1:])
    for stream in (typed, nested):
        assert injected(stream).count("name: stratoscope-probe") == 1


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("kind: Deployment", "kind: Job", Why.JOB),
        (
            "  name: nova-conductor\n  n",
            "  name: nova-conductor\n  ownerReferences: [{controller: true, kind: X, name: y}]\n  n",
            Why.OPERATED,
        ),
    ],
)
def test_what_makes_pods_and_is_left_alone_is_told(old: str, new: str, why: Why) -> None:
    stream = DEPLOYMENT.replace(old, new).replace("apps/v1", "batch/v1" if "Job" in new else "apps/v1")
    text, told = inject(stream.encode(), SETTINGS)
    assert text.decode() == stream
    assert [one.outcome.why for one in told if isinstance(one.outcome, Refusal)] == [why]


@pytest.mark.parametrize("version", ["apps.kruise.io/v1", "example.org/v1", "v1"])
def test_kinds_of_others_are_nobody_s_business(version: str) -> None:
    stream = DEPLOYMENT.replace("apps/v1", version)
    assert inject(stream.encode(), SETTINGS) == (stream.encode(), ())


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        ("a: 1\n---\nb: [1\n", "document 2, line 4: this is not YAML"),
        ("a: *b\n", "document 1, line 1: the alias *b stands for nothing; write &b before it"),
        ("a: 1\n---\n\tb: 1\n", "document 2, line 3: this is not YAML"),
        ("a: 1\n--- \nb: \x00\n", "document 2"),
        ("x: " + "[" * 200 + "]" * 200, "more than 100 mappings and lists in each other"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(stream: str, told: str) -> None:
    with pytest.raises(ManifestError, match="document") as raised:
        inject(stream.encode(), SETTINGS)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{index}: &a{index} [{', '.join([f'*a{index - 1}'] * 9)}]" for index in range(1, 10)]
    with pytest.raises(ManifestError, match="more than 2000000 values"):
        inject("\n".join(lines).encode(), SETTINGS)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ManifestError, match="line 2: this is not UTF-8"):
        inject(b"a: 1\nb: \xff\n", SETTINGS)


PIECES = st.sampled_from(
    [
        "---\n",
        "--- # x\n",
        "---x: 1\n",
        "...\n",
        "# c\n",
        "a: 1\n",
        "  - ---\n",
        "\n",
        "\r\n",
        "a: |\n  ---\n",
        "﻿",
        "--- {a: 1}\n",
    ]
)


@given(stream=st.lists(PIECES, max_size=12).map("".join))
def test_the_documents_of_a_stream_are_the_stream(stream: str) -> None:
    """Their texts joined are the stream."""
    assert "".join(one.text for one in documents(stream.encode())) == stream


def test_the_report() -> None:
    other = DEPLOYMENT.replace("nova-conductor", "masakari")
    _, told = inject((DEPLOYMENT + "---\n" + other).encode(), SETTINGS)
    lines = list(report(told))
    assert lines[0] == (
        "+ Deployment/nova-conductor: probes: nova-conductor as nova-conductor on :9768; probes set: liveness, readiness"
    )
    assert lines[1].startswith("- Deployment/masakari: unknown: ")
    assert lines[2] == "1 of 2 workloads have sidecars put in"
    first, second = (as_mapping(one) for one in told)
    assert first["services"] == {"nova-conductor": "nova-conductor"}
    assert (second["injected"], second["why"], second["document"]) == (False, "unknown", 2)
    json.dumps([first, second])
