"""The chart as it is packed, installed under any name, beside another one, and again."""

import tarfile
from pathlib import Path

import pytest

from tests.helm.render import CI, HELMS, Way, helm, identity, pods, rendered, template, text_of

EVERYTHING = Way("everything-values.yaml")
LONG = Way("osh-cloud-values.yaml", release="a" * 26 + "-" + "b" * 26, namespace="n" * 63)


@pytest.mark.parametrize("name", HELMS)
def test_a_package_has_all_that_it_needs(name: str, tmp_path: Path) -> None:
    done = helm(name, "package", EVERYTHING.chart, "-d", tmp_path)
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.glob("stratoscope-*.tgz")
    packed = Way(EVERYTHING.values, name, chart=package)
    assert text_of(packed) == text_of(Way(EVERYTHING.values, name))
    with tarfile.open(package) as tar:
        members = tar.getmembers()
    assert not [one.name for one in members if one.issym() or "/ci/bad-" in one.name]
    # helm keeps the chart and what it made of it in a Secret, which holds 1 MiB
    assert package.stat().st_size < 300_000


def test_the_same_values_make_the_same_again() -> None:
    assert template(EVERYTHING).stdout == text_of(EVERYTHING)
    assert template(Way("everything-values.yaml", release="other")).stdout != text_of(EVERYTHING)


def test_names_stay_within_their_bounds() -> None:
    for one in rendered(LONG):
        name = one["metadata"]["name"]
        assert len(name) <= 63 or one["kind"] == "ConfigMap", name
        assert len(name) <= 52 or one["kind"] != "CronJob", name
        assert name == name.strip("-")
        for label in one["metadata"].get("labels", {}).values():
            assert len(label) <= 63
    for _, pod in pods(LONG):
        assert all(len(one) <= 63 for one in pod["metadata"]["labels"].values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Way("osh-cloud-values.yaml"), Way("osh-cloud-values.yaml", release="second")),
        (Way("osh-cloud-values.yaml"), Way("osh-cloud-values.yaml", namespace="other")),
        (LONG, Way(LONG.values, release=LONG.release[:-1] + "c", namespace=LONG.namespace)),
        (LONG, Way(LONG.values, release=LONG.release, namespace="n" * 62 + "m")),
    ],
    ids=["release", "namespace", "long release", "long namespace"],
)
def test_two_releases_do_not_meet(one: Way, other: Way) -> None:
    mine, theirs = ({identity(made) for made in rendered(way)} for way in (one, other))
    assert not mine & theirs
    assert states(one)
    assert not states(one) & states(other)


def states(way: Way) -> set[str]:
    """Folders of the nodes that a release writes to."""
    return {
        volume["hostPath"]["path"]
        for _, pod in pods(way)
        for volume in pod["spec"].get("volumes", [])
        if volume["name"] == "state" and "hostPath" in volume
    }


NOTES = {
    "default-values.yaml": [
        "docs/image.md",
        "logs daemonset/obs-stratoscope-agent --tail=20",
        "No exporter runs",
        "monitors.enabled=true",
    ],
    "agent-values.yaml": ["-c stratoscope-fluent-bit", "Events go to: loki."],
    "osh-cloud-values.yaml": ["port-forward deployment/obs-stratoscope-exporter-galera 9765", "dashboards/alertmanager"],
    "cert-manager-values.yaml": ["kubectl label namespace openstack stratoscope.io/inject=enabled", "rollout restart"],
    "own-certificate-values.yaml": ["the Secret webhook-tls, with a certificate for obs-stratoscope-webhook.openstack.svc"],
}


@pytest.mark.parametrize("values", NOTES)
def test_notes_say_what_comes_next(values: str) -> None:
    # helm 3 asks a cluster for its version even then
    done = helm("helm4", "install", "obs", EVERYTHING.chart, "--dry-run=client", "-n", "openstack", "-f", CI / values)
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert [text for text in NOTES[values] if text not in notes] == []
    assert ("label namespace" in notes) is (values != "agent-values.yaml")
    assert ("docs/image.md" in notes) is (values != "everything-values.yaml")
    assert max(map(len, notes.splitlines())) <= 140
