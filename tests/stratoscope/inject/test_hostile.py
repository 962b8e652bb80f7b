"""Pods that anybody may have written: never an exception, always an answer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stratoscope.inject.admitting import admit, injected
from stratoscope.inject.model import Decision, Owner, Refusal, Subject, Why
from stratoscope.inject.settings import InjectSettings
from tests.stratoscope.inject.patching import applied
from tests.stratoscope.inject.workloads import SETTINGS, pod, service

EVERYTHING = InjectSettings(image=SETTINGS.image, probes="all", share_process_namespace=True, black_box=True, user="same")
ODD: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-1, 70000) | st.text(max_size=3) | st.just([]) | st.just({})
)
WORDS = st.sampled_from(["nova-conductor", "libvirtd", "x", "stratoscope-probe", ""])


def fields(**known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A mapping in which each may be missing, or of any other kind."""
    return st.fixed_dictionaries({}, optional={key: value | ODD for key, value in known.items()})


MOUNT = fields(name=st.just("v"), mountPath=st.sampled_from(["/run", "/run/libvirt", "/", "/etc/nova/nova.conf"]), subPath=ODD)
CONTAINER = fields(
    name=WORDS,
    ports=st.lists(fields(containerPort=st.integers(9768, 9770), hostPort=ODD) | ODD, max_size=2),
    volumeMounts=st.lists(MOUNT | ODD, max_size=2),
    env=st.lists(fields(name=st.just("MYSQL_DBAUDIT_PASSWORD"), valueFrom=ODD) | ODD, max_size=1),
    livenessProbe=fields(exec=ODD),
    lifecycle=fields(preStop=ODD),
    securityContext=fields(runAsUser=st.integers(0, 5)),
)
POD = fields(
    metadata=fields(
        labels=fields(application=st.just("nova"), component=st.just("compute")),
        annotations=fields(**{f"stratoscope.io/{key}": WORDS for key in ("profile", "probes", "port", "logs", "inject")}),
        ownerReferences=st.lists(fields(kind=WORDS) | ODD, max_size=1),
    ),
    spec=fields(
        containers=st.lists(CONTAINER | ODD, max_size=3),
        initContainers=st.lists(CONTAINER | ODD, max_size=2),
        volumes=st.lists(ODD, max_size=2),
        hostNetwork=ODD,
        hostPID=ODD,
        securityContext=fields(runAsUser=ODD),
        terminationGracePeriodSeconds=ODD,
        restartPolicy=st.just("Always"),
    ),
)


@given(of=POD, settings=st.sampled_from([SETTINGS, EVERYTHING]))
def test_every_pod_gets_an_answer(of: Any, settings: InjectSettings) -> None:
    admission = admit(Subject(of, "openstack", Owner()), settings)
    if isinstance(admission.outcome, Refusal):
        assert not admission.patch
        assert admission.outcome.told
        return
    changed = applied(of, admission.patch)
    again, _ = injected(Subject(changed, "openstack", Owner()), settings)
    assert isinstance(again, Refusal)
    assert again.why is Why.INJECTED


@given(name=st.text(max_size=300), label=st.text(max_size=300))
def test_any_text_may_stand_in_names_and_labels(name: str, label: str) -> None:
    of = pod(service(name), labels={"application": label})
    assert isinstance(admit(Subject(of), SETTINGS).outcome, Refusal | Decision)


def test_a_thousand_containers() -> None:
    many = pod(service(), *(service(f"c{index}") for index in range(1000)))
    assert isinstance(admit(Subject(many), SETTINGS).outcome, Decision)
