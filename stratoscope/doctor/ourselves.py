"""Ourselves in a cluster: our webhooks, and the settings that the chart gave to our own pods."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratoscope.doctor.model import Cluster, File, Object
from stratoscope.doctor.workloads import name_of, ours
from stratoscope.inject.reading import listed, mapping, text
from stratoscope.inject.settings import InjectSettings
from stratoscope.settings.document import read
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured

HOOK = "pods.stratoscope.io"
"""What the webhook in our configuration is called."""
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of ours, and the configuration that it stands in."""

    configuration: Object
    webhook: Mapping[str, Any]

    @property
    def place(self) -> str:
        """For a person."""
        return f"mutatingwebhookconfiguration/{name_of(self.configuration)}"

    @property
    def service(self) -> tuple[str, str]:
        """Namespace and name of the Service that it calls; empty for one that is called by a URL."""
        service = mapping(self.webhook, "clientConfig", "service")
        return text(service, "namespace"), text(service, "name")


def hooks_of(configurations: Iterable[Object]) -> Iterator[Hook]:
    """Ours, by the label of the chart or by the webhook's name."""
    for one in configurations:
        for webhook in listed(one, "webhooks"):
            if ours(one) or text(webhook, "name") == HOOK:
                yield Hook(one, webhook)


def homes(configurations: Iterable[Object]) -> tuple[str, ...]:
    """The namespaces in which our webhooks run: those of the releases."""
    return tuple(namespace for one in hooks_of(configurations) if (namespace := one.service[0]))


def settings_in(file: File) -> Any:
    """Plain values of a settings file of ours; None where it was not read or is no YAML."""
    return None if file.text is None else read(file.text.encode()).root


def inject_settings(cluster: Cluster) -> InjectSettings:
    """Those that the webhook of the cluster decides by; else the defaults."""
    for file in cluster.files:
        root = settings_in(file) if file.key == "webhook.yaml" else None
        if isinstance(root, dict) and isinstance(root.get("inject"), dict):
            try:
                return structured(root["inject"], InjectSettings, Surroundings(Path("/"), {}))
            except MistakesFoundError:
                break  # those of another version of ours: the webhook itself tells of them
    return InjectSettings(image=_UNKNOWN)


def known_image(settings: InjectSettings) -> str:
    """The image that is put in; empty where its settings were not found."""
    return "" if settings.image == _UNKNOWN else settings.image
