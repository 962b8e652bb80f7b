"""values.schema.json, made of values.yaml and of our settings: `python -m tests.helm.schema` writes it.

Draft-07, as Helm 3.17 takes `unevaluatedProperties` of newer drafts for nothing. Nothing is allowed that is not known, but in
what is Kubernetes' own and large (affinities, volumes, manifests).
"""

import json

from collectors.fluentbit.settings import Output
from collectors.pipeline.settings import BatchSettings
from collectors.traces.settings import TraceSettings
from exporters.table import EXPORTERS
from stratoscope.collect.settings import ParserSettings, SinkSettings
from stratoscope.export.settings import section_class
from stratoscope.inject.settings import InjectSettings
from tests.helm.settings_schema import Schema, fragment, schema_of
from tests.helm.values import CHART, Value, documented

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
DURATION = {"type": "string", "pattern": r"^([0-9]+(ms|s|m|h|d))+$"}
QUANTITIES: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
PULL: Schema = {"enum": ["Always", "IfNotPresent", "Never"]}
FREE: Schema = {"type": "object"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_KEY_OF = _object(name=TEXT, key=TEXT, optional={"type": "boolean"})
_LABEL_SELECTOR = _object(
    matchLabels=TEXTS,
    matchExpressions=_list(_object(key=TEXT, operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]}, values=_list(TEXT))),
)
_PEER = _object(
    namespaceSelector=_LABEL_SELECTOR, podSelector=_LABEL_SELECTOR, ipBlock=_object(cidr=TEXT, **{"except": _list(TEXT)})
)
_ENV = _object(
    name={"type": "string", "minLength": 1},
    value=TEXT,
    valueFrom=_object(secretKeyRef=_KEY_OF, configMapKeyRef=_KEY_OF, fieldRef=_object(apiVersion=TEXT, fieldPath=TEXT)),
) | {"required": ["name"]}
_FROM = _object(name=TEXT, optional={"type": "boolean"})
_TARGETS = {one.name: section_class(one) for one in EXPORTERS}


def _section(kind: str, without: tuple[str, ...] = ()) -> Schema:
    return schema_of(_TARGETS[kind], without)


LAST: dict[str, Schema] = {
    "pullPolicy": PULL,
    "digest": {"type": "string", "pattern": r"^(sha256:[0-9a-f]{64})?$"},
    "imagePullSecrets": _list(NAME),
    "secrets": _list(NAME),
    "env": _list(_ENV),
    "envFrom": _list(_object(prefix=TEXT, secretRef=_FROM, configMapRef=_FROM)),
    "resources": _object(requests=QUANTITIES, limits=QUANTITIES),
    "podLabels": TEXTS,
    "podAnnotations": TEXTS,
    "serviceAccountAnnotations": TEXTS,
    "nodeSelector": TEXTS,
    "tolerations": _list(
        _object(
            key=TEXT,
            operator={"enum": ["Exists", "Equal", "Lt", "Gt"]},
            value=TEXT,
            effect={"enum": ["", "NoSchedule", "PreferNoSchedule", "NoExecute"]},
            tolerationSeconds={"type": "integer"},
        )
    ),
    "affinity": _object(nodeAffinity=FREE, podAffinity=FREE, podAntiAffinity=FREE),
    "extraVolumes": _list(FREE | {"required": ["name"]}),
    "extraVolumeMounts": _list(
        _object(
            name=TEXT,
            mountPath=TEXT,
            subPath=TEXT,
            readOnly={"type": "boolean"},
            mountPropagation={"enum": ["None", "HostToContainer", "Bidirectional"]},
        )
        | {"required": ["name", "mountPath"]}
    ),
    "maxUnavailable": {"type": ["integer", "string"], "pattern": r"^[0-9]+%$"},
    "runDir": {"type": "string", "pattern": "^/"},
    "additionalLabels": TEXTS,
    "seLinuxOptions": _object(user=TEXT, role=TEXT, type=TEXT, level=TEXT),
}
"""By the last part of the key."""

WHOLE: dict[str, Schema] = {
    "commonLabels": TEXTS,
    "commonAnnotations": TEXTS,
    "cloud": {"type": "string", "pattern": r"^[-A-Za-z0-9_.]+$"},
    "image.repository": {"type": "string", "minLength": 1},
    "agent.include": _list(TEXT),
    "agent.exclude": _list(TEXT),
    "agent.outputs": {
        "type": "object",
        "additionalProperties": fragment(Output),
    },
    "agent.sinks": {"type": "object", "additionalProperties": schema_of(SinkSettings)},
    "agent.metadata.labels": _list(TEXT),
    "agent.parser": schema_of(ParserSettings),
    "agent.batch": schema_of(BatchSettings),
    "agent.traces": schema_of(TraceSettings) | {"required": []},
    "agent.drain": DURATION,
    "agent.state.hostPath": {"type": "string", "pattern": "^(/.*)?$"},
    "agent.logs": {"type": "string", "pattern": "^/"},
    "agent.fluentBit.image.repository": {"type": "string", "minLength": 1},
    "agent.fluentBit.image.tag": {"type": "string", "minLength": 1},
    "agent.fluentBit.http": {"type": "string", "pattern": r"^.*:[0-9]{1,5}$"},
    "agent.fluentBit.rejected": {"type": "string", "pattern": r"^[0-9]+[KMG]$"},
    **{f"exporters.{kind}.targets": _list(_section(kind)) for kind in ("galera", "rabbitmq", "ovn", "agents")},
    "exporters.agents.joined": _list({"enum": ["galera", "rabbitmq", "ovn"]}) | {"uniqueItems": True},
    "exporters.ovs.settings": _section("ovs", ("run_dir",)),
    "exporters.ovs.runAsUser": {"type": "integer", "minimum": 0},
    "injection.mode": {"enum": ["webhook", "policy", "none"]},
    "injection.settings": schema_of(InjectSettings, ("image", "image_pull_policy")),
    "injection.excludedNamespaces": _list(NAME),
    "webhook.replicas": {"type": "integer", "minimum": 1},
    "webhook.port": {"type": "integer", "minimum": 1024, "maximum": 65535},
    "webhook.timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 30},
    "webhook.failurePolicy": {"enum": ["Ignore", "Fail"]},
    "certificates.mode": {"enum": ["job", "certManager", "own"]},
    "certificates.certManager.issuerRef": _object(kind=TEXT, name=TEXT, group=TEXT),
    "certificates.certManager.duration": DURATION,
    "certificates.certManager.renewBefore": DURATION,
    "metrics.scheme": {"enum": ["http", "https"]},
    "monitors.interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
    "monitors.scrapeTimeout": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
    "monitors.endpoint": FREE,
    "rules.parts": _list({"enum": sorted(path.stem for path in (CHART / "files" / "alerts").glob("*.yaml"))}),
    "rules.runbooks": {"type": "string", "pattern": "^(https?://.*)?$"},
    "dashboards.labels": TEXTS,
    "dashboards.annotations": TEXTS,
    "networkPolicies.monitoring": _list(_PEER),
    "networkPolicies.apiServer": _list(_PEER),
    "extraManifests": _list(FREE | {"required": ["apiVersion", "kind"]}),
}
"""By the whole key."""

CONDITIONS: list[Schema] = [
    {
        "if": {"properties": {"certificates": {"properties": {"mode": {"const": "own"}}, "required": ["mode"]}}},
        "then": {
            "properties": {
                "certificates": {
                    "properties": {"own": {"properties": {"secret": {"minLength": 1}, "ca": {"pattern": "BEGIN CERTIFICATE"}}}}
                }
            }
        },
    },
    *(
        {
            "if": {"properties": {"exporters": {"properties": {kind: {"properties": {"enabled": {"const": True}}}}}}},
            "then": {"properties": {"exporters": {"properties": {kind: {"properties": {"targets": {"minItems": 1}}}}}}},
        }
        for kind in ("galera", "rabbitmq", "ovn", "agents")
    ),
]
"""What has to be set if something else is."""

_BY_TYPE: dict[type, Schema] = {bool: {"type": "boolean"}, str: TEXT}


def fragment_of(value: Value) -> Schema:
    """What may stand at a key. Raises KeyError where neither a table above nor the default tells."""
    if value.dotted in WHOLE:
        return WHOLE[value.dotted]
    if value.key[-1] in LAST:
        # in draft-07 what stands beside a $ref is not looked at, so it stands alone
        return {"allOf": [{"$ref": f"#/definitions/{value.key[-1]}"}]}
    return _BY_TYPE[type(value.default)]


def schema(values: list[Value]) -> Schema:
    """The schema of all values."""
    root: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of stratoscope",
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    for value in values:
        above = root
        for name in value.key[:-1]:
            above = above["properties"][name]
        # an umbrella chart puts there whatever its other charts want
        group: Schema = {"type": "object", "properties": {}, "additionalProperties": value.dotted == "global"}
        told = {"description": value.meaning} if value.meaning else {}
        above["properties"][value.key[-1]] = (group if value.group else fragment_of(value)) | told
    return root | {"allOf": CONDITIONS, "definitions": LAST}


def text() -> str:
    """The file."""
    return json.dumps(schema(documented((CHART / "values.yaml").read_text())), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write it."""
    (CHART / "values.schema.json").write_text(text())


if __name__ == "__main__":
    main()
