"""The Job that makes the webhook's certificate: one Secret, and the webhook configurations that trust what it holds.

Between a new certificate in the Secret and its use a minute or two pass, as kubelets look at Secrets now and then. So that no
review fails meanwhile, the new authority is trusted first, beside the old one, and only then the Secret is written. A Job that
is killed in between has done no harm; the next one goes on from what the Secret holds.
"""

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from clients.kubernetes import JSON_PATCH, MERGE_PATCH, ApiError
from stratoscope.errors import StratoscopeError
from stratoscope.inject.reading import listed, mapping, text
from stratoscope.webhook.authority import Pair, new_pair, still_good, wrong_with

MADE_BY = "stratoscope.io/made-by"
"""Annotation of a Secret that we have filled; one that somebody else has filled is not touched."""
OURS = "webhook --make-certificate"
_CERTIFICATE, _KEY, _AUTHORITIES = "tls.crt", "tls.key", "ca.crt"
"""As in a Secret of cert-manager, so that the webhook mounts any."""
_TRIES = 3
_log = logging.getLogger("stratoscope.webhook")


class Objects(Protocol):
    """What is needed of the API server. All raise ApiError."""

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """GET."""

    def create(self, path: str, thing: Mapping[str, Any]) -> Any:
        """POST."""

    def patch(self, path: str, change: Any, kind: str = MERGE_PATCH) -> Any:
        """PATCH."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted: a certificate for `names` in a Secret, and `configurations` that trust it."""

    namespace: str
    secret: str
    names: tuple[str, ...]
    configurations: tuple[str, ...]
    days: int = 365
    renew_days: int = 120


def make(api: Objects, job: Job, wall: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Do what is missing. Raises StratoscopeError."""
    for _ in range(_TRIES):
        try:
            if _made(api, job, wall()):
                return
        except ApiError as error:
            raise StratoscopeError(f"{error}; {_advice(error)}") from error
    raise StratoscopeError(
        f"Secret {job.namespace}/{job.secret}: somebody else changes it again and again; is there another Job?"
    )


def _made(api: Objects, job: Job, now: datetime) -> bool:
    """False where another Job was quicker: then that one's certificate is looked at."""
    secret = _read(api, job)
    pair = _pair_in(secret)
    why = wrong_with(pair, job.names, now, job.renew_days)
    if why:
        new = new_pair(job.names, now, job.days)
        pair = Pair(new.certificate, new.key, new.authorities + still_good(pair.authorities, now))
    missing = _trust(api, job, still_good(pair.authorities, now))
    if why:
        if not _write(api, job, secret, pair):
            return False
        _log.info("a new certificate was made, as of the one before is to be said: %s", why)
    else:
        _log.info("the certificate is good for long enough")
    if missing:
        raise StratoscopeError(
            f"there is no MutatingWebhookConfiguration {', '.join(missing)} yet; make it, and run this again"
        )
    return True


def _read(api: Objects, job: Job) -> Mapping[str, Any] | None:
    """The Secret; None where there is none. Raises StratoscopeError for one that is not ours."""
    try:
        secret: Mapping[str, Any] = api.get(_path(job, job.secret), {})
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    filled = any(mapping(secret, "data").values())
    if filled and text(mapping(secret, "metadata", "annotations"), MADE_BY) != OURS:
        raise StratoscopeError(
            f"Secret {job.namespace}/{job.secret} holds what we have not made, and stays as it is; name another with --secret"
        )
    return secret


def _pair_in(secret: Mapping[str, Any] | None) -> Pair:
    data = mapping(secret, "data")
    return Pair(*(_decoded(text(data, key)) for key in (_CERTIFICATE, _KEY, _AUTHORITIES)))


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _write(api: Objects, job: Job, before: Mapping[str, Any] | None, pair: Pair) -> bool:
    """False where the Secret is not what was read any more."""
    values = {_CERTIFICATE: pair.certificate, _KEY: pair.key, _AUTHORITIES: pair.authorities}
    change: dict[str, Any] = {
        "metadata": {"annotations": {MADE_BY: OURS}},
        "data": {key: base64.b64encode(value).decode() for key, value in values.items()},
    }
    try:
        if before is None:
            change["metadata"] |= {"name": job.secret, "namespace": job.namespace}
            api.create(_path(job), {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls"} | change)
        else:
            change["metadata"]["resourceVersion"] = text(mapping(before, "metadata"), "resourceVersion")
            api.patch(_path(job, job.secret), change)
    except ApiError as error:
        if error.status in (404, 409):
            return False
        raise
    return True


def _trust(api: Objects, job: Job, authorities: bytes) -> list[str]:
    """Every webhook of the configurations trusts these authorities; gives the names of those that are not there."""
    missing = []
    for name in job.configurations:
        try:
            _trust_in(api, name, authorities)
        except ApiError as error:
            if error.status != 404:
                raise
            missing.append(name)
    return missing


def _trust_in(api: Objects, name: str, authorities: bytes) -> None:
    bundle = base64.b64encode(authorities).decode()
    path = f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{name}"
    webhooks = listed(api.get(path, {}), "webhooks")
    changes = [
        operation
        for index, webhook in enumerate(webhooks)
        if text(mapping(webhook, "clientConfig"), "caBundle") != bundle
        for operation in (
            # a list has no names: if it was changed meanwhile, nothing is, and the next run sees it
            {"op": "test", "path": f"/webhooks/{index}/name", "value": text(webhook, "name")},
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle},
        )
    ]
    if changes:
        api.patch(path, changes, JSON_PATCH)
        _log.info("the webhook configuration %s trusts the certificate's authority", name)


def _path(job: Job, name: str = "") -> str:
    path = f"/api/v1/namespaces/{job.namespace}/secrets"
    return f"{path}/{name}" if name else path


def _advice(error: ApiError) -> str:
    if error.status in (401, 403):
        return "see the rights that it needs in docs/webhook.md"
    return "run it again"
