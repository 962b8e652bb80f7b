"""oslo.log as JSON: JSONFormatter (`use_json = true`), and FluentFormatter's dictionaries once a collector has written them.

Source: `JSONFormatter.format` and `FluentFormatter.format` in oslo_log/formatters.py, 3.30 to 8.3. Before oslo.log 3.34 the
words of the request's context stood in `extra`.
"""

import re
from abc import abstractmethod
from typing import Any, ClassVar

from parsers.formats.base import Format
from parsers.formats.json_lines import flat, json_object, text_of
from parsers.model import Fields, Record
from parsers.request_lines import http_attributes
from parsers.timestamps import from_epoch

_CONTEXT = {  # where two keys mean the same, the later one wins
    "request_id": "openstack.request_id",
    "global_request_id": "openstack.global_request_id",
    "user_id": "openstack.user_id",
    "user": "openstack.user_id",
    "user_name": "openstack.user_name",
    "tenant": "openstack.project_id",
    "project": "openstack.project_id",
    "project_id": "openstack.project_id",
    "project_name": "openstack.project_name",
    "domain_id": "openstack.domain_id",
    "domain": "openstack.domain_id",
    "system_scope": "openstack.system_scope",
    "user_domain": "openstack.user_domain_id",
    "user_domain_name": "openstack.user_domain_name",
    "project_domain": "openstack.project_domain_id",
    "project_domain_name": "openstack.project_domain_name",
    "remote_address": "client.address",
}
_NOBODY = ("-", "None", "unknown")
"""Words for nothing; `"project": "unknown"` is what oslo.log puts there itself."""
_NOTHING = (None, "", "-", "None")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OWN_EXTRA = frozenset({"context", "project", "version", "instance", "instance_uuid", "resource"})
_OLD_EXTRA = frozenset(_CONTEXT) | {
    "auth_token", "is_admin", "is_admin_project", "read_only", "resource_uuid", "roles", "show_deleted", "timestamp",
    "user_identity",
}  # fmt: skip


class _Oslo(Format):
    """What both forms share: message, logger, context, extra, traceback and summary have the same names."""

    starts = b"{"
    keys: ClassVar[frozenset[str]]

    def opens(self, line: bytes) -> bool:
        """Whether the line is an object with the keys of the formatter."""
        if self.pattern.search(line) is None:
            return False
        values = json_object(line)
        return values is not None and values.keys() >= self.keys

    def fields(self, record: Record) -> Fields:
        values = json_object(record.lines[0].data)
        if values is None:
            raise ValueError(f"no JSON object: {record.lines[0].data[:80]!r}")
        body = str(values["message"])
        return Fields(
            body=body,
            attributes={
                **{name: value for name, value in self.attributes(values).items() if value not in _NOTHING},
                **_context_of(values),
                **_extra_of(values),
                **(http_attributes(body) or {}),
            },
            resource={"host.name": str(values["hostname"])} if values.get("hostname") else {},
            traceback=text_of(values.get("traceback")),
            **self.head(values),
        )

    @abstractmethod
    def head(self, values: dict[str, Any]) -> dict[str, Any]:
        """`time` and `severity_text` of Fields."""

    def attributes(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the formatter says of the place that logged."""
        return {
            "log.logger": values.get("name"),
            "code.function.name": values.get("funcname"),
            "code.line.number": values.get("lineno"),
            "openstack.error_summary": values.get("error_summary"),
        }


class _Json(_Oslo):
    """JSONFormatter's line. Its `asctime` has no zone and no fraction; `created` is the exact time."""

    name = "oslo.json"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb'"levelname"')
    keys = frozenset({"message", "name", "levelname", "created", "process"})

    def head(self, values: dict[str, Any]) -> dict[str, Any]:
        time = from_epoch(values["created"]) or str(values.get("asctime", "")) or None
        return {"time": time, "severity_text": str(values["levelname"])}

    def attributes(self, values: dict[str, Any]) -> dict[str, Any]:
        """The thread only where it is not the main one."""
        main = values.get("thread_name") == "MainThread"
        return {
            **super().attributes(values),
            "process.pid": values["process"],
            "thread.id": None if main else values.get("thread"),
            "thread.name": None if main else values.get("thread_name"),
            "code.file.path": values.get("pathname"),
        }


class _Fluent(_Oslo):
    """FluentFormatter's dictionary: no pid, the file without its folder, and a time as `log_date_format` has it."""

    name = "oslo.fluent"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb'"cmdline"')
    keys = frozenset({"message", "name", "level", "time", "funcname", "cmdline"})

    def head(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"time": str(values["time"]), "severity_text": str(values["level"])}

    def attributes(self, values: dict[str, Any]) -> dict[str, Any]:
        """The command line tells the service where the logger is a library's."""
        return {
            **super().attributes(values),
            "process.command_line": values["cmdline"],
            "code.file.path": values.get("filename"),
            "uwsgi.name": values.get("uwsgi_name"),
        }


def _context_of(values: dict[str, Any]) -> dict[str, Any]:
    extra = _dictionary(values, "extra")
    context = _dictionary(values, "context") if "context" in values else extra
    found: dict[str, Any] = {}
    for key, attribute in _CONTEXT.items():
        value = context.get(key)
        if value and value not in _NOBODY:
            found[attribute] = value
    instance = _instance_of(extra.get("instance_uuid") or extra.get("instance") or context.get("resource_uuid"))
    if instance:
        found["openstack.instance_uuid"] = instance
    return found


def _instance_of(value: Any) -> str | None:
    """The uuid of `{"uuid": …}`, `[instance: …] `, the repr of nova's Instance, or a bare uuid."""
    if isinstance(value, dict):
        value = value.get("uuid")
    if not isinstance(value, str) or value in _NOTHING:
        return None
    # The repr of an Instance holds uuids of other things too: `Instance(access_ip_v4=None,…,reservation_id=…,uuid=aaaa-…)`
    at = max(value.find(",uuid="), value.find("(uuid="), value.find("[instance: "), 0)
    found = _UUID.search(value, at)
    return found[0] if found else value.strip().removeprefix("[instance: ").removesuffix("]")


def _extra_of(values: dict[str, Any]) -> dict[str, Any]:
    extra = _dictionary(values, "extra")
    resource, version = extra.get("resource"), extra.get("version")
    known = _OWN_EXTRA if "context" in values else _OWN_EXTRA | _OLD_EXTRA
    others = {name: value for name, value in extra.items() if name not in known}
    found = {name: value for name, value in flat(others, "openstack.extra.") if value not in _NOTHING} if others else {}
    if isinstance(resource, dict):  # `{"type": "volume", "id": "…"}`, which the text form shows as `[volume-…] `
        resource = f"{resource.get('type', '')}-{resource.get('id') or resource.get('name', '')}"
    if isinstance(resource, str) and resource not in _NOTHING:
        found["openstack.resource"] = resource.strip().removeprefix("[").removesuffix("]")
    if version not in (*_NOTHING, "unknown"):
        found["service.version"] = version
    return found


def _dictionary(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


OSLO_JSON = _Json()
OSLO_FLUENT = _Fluent()
