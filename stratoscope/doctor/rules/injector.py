"""Whether whoever injects is there, is trusted, answers, and is asked about the namespaces that are opted in."""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from stratoscope.doctor.inventory import opted_in
from stratoscope.doctor.model import Object
from stratoscope.doctor.ourselves import Hook, hooks_of
from stratoscope.doctor.rules.view import Told, View, counted, error, note, some, warning
from stratoscope.doctor.selectors import selects
from stratoscope.doctor.workloads import labels_of, name_of, namespace_of
from stratoscope.inject import names
from stratoscope.inject.model import Decision
from stratoscope.inject.reading import mapping, text

_SLICE_OF = "kubernetes.io/service-name"
_EMPTY = "Look at the Job or CronJob that makes the certificate, or at cert-manager's cainjector"


def injector(view: View) -> Iterator[Told]:
    """The webhook or the policy."""
    cluster = view.cluster
    hooks = list(hooks_of(cluster.all("mutatingwebhookconfigurations")))
    policies = cluster.all("mutatingadmissionpolicies")
    known = cluster.knows("mutatingwebhookconfigurations") and cluster.knows("mutatingadmissionpolicies")
    if known and not hooks and not policies:
        yield from _nobody(view)
    for hook in hooks:
        yield from _trusted(hook, cluster.at)
        yield from _answers(view, hook)
        yield from _asked(view, hook)
        if text(hook.webhook, "failurePolicy") == "Fail":
            yield note(
                "while the webhook is away no pod comes up in namespaces that are opted in (failurePolicy Fail)",
                hook.place,
                "set webhook.failurePolicy to Ignore, unless pods without sidecars are worse than no pods",
            )
    if hooks and policies:
        yield warning(
            "both a webhook and a policy inject; whoever comes first does, and their settings may differ",
            f"{hooks[0].place}, mutatingadmissionpolicy/{name_of(policies[0])}",
            "keep one of them: injection.mode in the chart's values",
        )
    if cluster.knows("namespaces") and not opted_in(cluster):
        yield from _nowhere(view)


def _nobody(view: View) -> Iterator[Told]:
    opted = opted_in(view.cluster)
    if opted:
        yield error(
            "nothing injects: there is neither a webhook nor a policy of stratoscope",
            f"namespaces {some(opted)}",
            "install the chart with injection.mode webhook, or write sidecars with `stratoscope inject`",
        )


def _nowhere(view: View) -> Iterator[Told]:
    places = {one.workload.namespace for one in view.pods if isinstance(one.outcome, Decision)}
    for place in sorted(places):
        count = len(
            {one.workload for one in view.pods if one.workload.namespace == place and isinstance(one.outcome, Decision)}
        )
        yield note(
            f"{counted(count, 'workload')} could have a sidecar, and the namespace is not opted in",
            f"namespace {place}",
            f"kubectl label namespace {place} {names.INJECT}=enabled, then restart them",
        )


def _trusted(hook: Hook, at: datetime) -> Iterator[Told]:
    bundle = text(mapping(hook.webhook, "clientConfig"), "caBundle")
    if not bundle:
        yield error(
            "caBundle is empty: the API server trusts no certificate of the webhook, and lets pods pass without sidecars",
            hook.place,
            f"{_EMPTY}; docs/chart.md has what each mode needs",
        )
        return
    try:
        certificates = x509.load_pem_x509_certificates(base64.b64decode(bundle))
    except (ValueError, binascii.Error):
        yield error("caBundle has no certificate in it", hook.place, f"write one in PEM there. {_EMPTY}")
        return
    if all(one.not_valid_after_utc <= at for one in certificates):
        last = max(one.not_valid_after_utc for one in certificates)
        yield error(f"caBundle has expired, on {last:%Y-%m-%d}", hook.place, f"have it made anew. {_EMPTY}")


def _answers(view: View, hook: Hook) -> Iterator[Told]:
    namespace, name = hook.service
    if not name or not view.cluster.knows("endpointslices"):
        return
    if not serving(view.cluster.all("endpointslices"), namespace, name):
        yield error(
            f"nothing serves behind its Service {name}: pods come up without sidecars",
            f"{hook.place}, service/{name} in {namespace}",
            f"kubectl -n {namespace} get pods -l app.kubernetes.io/part-of=stratoscope,app.kubernetes.io/component=webhook",
        )


def _asked(view: View, hook: Hook) -> Iterator[Told]:
    opted = opted_in(view.cluster)
    selector = hook.webhook.get("namespaceSelector") or {}
    out = [
        name_of(one)
        for one in view.cluster.all("namespaces")
        if name_of(one) in opted and not selects(selector, {"kubernetes.io/metadata.name": name_of(one), **labels_of(one)})
    ]
    if out:
        yield warning(
            "the webhook is not asked about namespaces that are opted in",
            f"namespaces {some(out)}",
            f"look at namespaceSelector in {hook.place} (excludedNamespaces in the chart's values)",
        )


def serving(slices: tuple[Object, ...], namespace: str, service: str) -> int:
    """Addresses that serve behind a Service."""
    return sum(
        int(one.get("serving", 0))
        for one in slices
        if namespace_of(one) == namespace and labels_of(one).get(_SLICE_OF) == service
    )


def has_slices(slices: tuple[Object, ...], namespace: str, service: str) -> bool:
    """Whether there is a Service of this name that selects anything at all."""
    return any(namespace_of(one) == namespace and labels_of(one).get(_SLICE_OF) == service for one in slices)
