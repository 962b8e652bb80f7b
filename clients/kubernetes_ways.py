"""The ways to the API server: the service account of the pod that we run in, or a kubeconfig file.

The first is two files and two variables (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/), which take no
library. The second has contexts, certificates, commands that print tokens, and proxies: there the library `kubernetes` reads
it, which takes 39 MB of memory and is imported only then.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from clients.kubernetes_access import ApiAccess

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class NoWayError(Exception):
    """What should tell where the API server is, and who we are, does not."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way. `url` is without a slash at its end; `credentials` gives the headers that tell who we are, as they are now."""

    url: str
    pool: urllib3.PoolManager
    credentials: Callable[[], dict[str, str]]


def way_to(access: ApiAccess, connections: int) -> Way:
    """The one that the settings name. Raises NoWayError."""
    if access.kubeconfig is None:
        return in_cluster(connections)
    return _by_kubeconfig(access.kubeconfig, access.context, connections)


def in_cluster(connections: int, folder: Path = SERVICE_ACCOUNT, environment: Mapping[str, str] = os.environ) -> Way:
    """By the service account of the pod. The kubelet renews the token in its file, so that it is read for each request."""
    token, authority = folder / "token", folder / "ca.crt"
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise NoWayError(
            "the service account of this pod cannot be used: KUBERNETES_SERVICE_HOST and _PORT are not set; outside of a pod "
            "name a kubeconfig file"
        )

    def credentials() -> dict[str, str]:
        return {"Authorization": f"Bearer {token.read_text().strip()}"}

    try:
        credentials()
        authority.read_bytes()
    except OSError as error:
        raise NoWayError(
            f"the service account of this pod cannot be used: {error.filename}: {error.strerror}; is "
            "automountServiceAccountToken off?"
        ) from error
    pool = urllib3.PoolManager(maxsize=connections, retries=False, cert_reqs="CERT_REQUIRED", ca_certs=str(authority))
    return Way(f"https://{f'[{host}]' if ':' in host else host}:{port}", pool, credentials)


def _by_kubeconfig(path: Path, context: str, connections: int) -> Way:
    from kubernetes import client, config  # noqa: PLC0415  39 MB
    from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415

    loaders: Any = config  # half of it has types
    configuration = client.Configuration()
    configuration.retries = False
    configuration.connection_pool_maxsize = connections
    try:
        loaders.load_kube_config(
            config_file=str(path), context=context or None, client_configuration=configuration, persist_config=False
        )
        pool: urllib3.PoolManager = RESTClientObject(configuration).pool_manager
    except (config.ConfigException, OSError) as error:
        raise NoWayError(f"{path} cannot be used: {error}") from error

    def credentials() -> dict[str, str]:
        told: Any = configuration.auth_settings()
        return {one["key"]: one["value"] for one in told.values() if one["value"]}

    return Way(str(configuration.host).rstrip("/"), pool, credentials)
