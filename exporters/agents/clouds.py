"""How to log in, out of `clouds.yaml` (with `secure.yaml`) or the variables of an `openrc`, as OpenStack's clients read them.

Read are: the entry of the cloud with `auth`, `auth_type`, `region_name`, `regions`, `interface` (`endpoint_type`), `verify`,
`insecure`, `cacert`, `cert`, `key`; a `profile` that stands in the public clouds' file beside it. Not read: profiles that
openstacksdk brings along, and what concerns single services (`compute_endpoint_override` and its like).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_SUFFIXES = (".yaml", ".yml", ".json")
_RENAMED = {"tenant_name": "project_name", "tenant_id": "project_id", "user": "username", "user_name": "username"}
_AUTH_VARIABLES = (
    "auth_url username user_id password project_name project_id tenant_name tenant_id domain_name domain_id user_domain_name "
    "user_domain_id project_domain_name project_domain_id default_domain system_scope trust_id token passcode "
    "application_credential_id application_credential_name application_credential_secret"
).split()
_OTHER_VARIABLES = {
    "OS_AUTH_TYPE": "auth_type",
    "OS_REGION_NAME": "region_name",
    "OS_INTERFACE": "interface",
    "OS_ENDPOINT_TYPE": "endpoint_type",
    "OS_CACERT": "cacert",
    "OS_CERT": "cert",
    "OS_KEY": "key",
    "OS_INSECURE": "insecure",
}
_YES = {"1", "true", "yes", "on"}


class CloudError(ValueError):
    """There is no way to log in; `str()` says what is missing, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to log in: a plugin of keystoneauth1 and its options, and what to ask how."""

    auth_type: str
    options: Mapping[str, Any] = field(repr=False)
    regions: tuple[str, ...] = ()
    interface: str = "public"
    verify: bool | str = True
    cert: str | tuple[str, str] | None = None


def from_environment(environment: Mapping[str, str]) -> Access:
    """The access that OS_AUTH_URL, OS_USERNAME ... describe. Raises CloudError."""
    auth = {key: environment[name] for key in _AUTH_VARIABLES if (name := f"OS_{key.upper()}") in environment}
    if "auth_url" not in auth:
        raise CloudError("OS_AUTH_URL is not set: source an openrc before, or name an entry of clouds.yaml")
    entry: dict[str, Any] = {key: environment[name] for name, key in _OTHER_VARIABLES.items() if environment.get(name)}
    return access({**entry, "auth": auth}, "the environment")


def from_files(
    cloud: str, file: Path | None, environment: Mapping[str, str], read: Callable[[Path], str | None] | None = None
) -> Access:
    """The access of an entry of clouds.yaml. `read` gives a file's text, None where there is none. Raises CloudError."""
    read = read or _read
    places = [file] if file is not None else _places("clouds", environment.get("OS_CLIENT_CONFIG_FILE"), environment)
    found, entries = _first(places, read)
    if found is None:
        raise CloudError(f"no clouds.yaml: looked for {', '.join(map(str, places))}")
    entry = _section(entries, "clouds", found).get(cloud)
    if not isinstance(entry, Mapping):
        known = ", ".join(sorted(_section(entries, "clouds", found))) or "none"
        raise CloudError(f"{found}: no cloud {cloud!r} in it (there are: {known})")
    beside = [found.parent / f"secure{suffix}" for suffix in _SUFFIXES]
    secure_file = environment.get("OS_CLIENT_SECURE_FILE")
    secure_found, secure = _first([Path(secure_file)] if secure_file else beside, read)
    if secure_found is not None:
        entry = _merged(entry, _section(secure, "clouds", secure_found).get(cloud) or {})
    if profile := entry.get("profile") or entry.get("cloud"):
        public_found, public = _first([found.parent / f"clouds-public{suffix}" for suffix in _SUFFIXES], read)
        vendors = _section(public, "public-clouds", public_found) if public_found else {}
        if profile not in vendors:
            raise CloudError(f"{found}: cloud {cloud!r} has the profile {profile!r}, which no clouds-public.yaml beside it has")
        entry = _merged(vendors[profile], entry)
    return access(entry, f"{found}: cloud {cloud!r}")


def access(entry: Mapping[str, Any], where: str) -> Access:
    """An entry of clouds.yaml as an access. Raises CloudError, beginning with `where`."""
    auth = entry.get("auth")
    if not isinstance(auth, Mapping) or not auth.get("auth_url"):
        raise CloudError(f"{where}: no auth.auth_url")
    options = {_RENAMED.get(str(key), str(key)): value for key, value in auth.items() if value is not None}
    verify: bool | str = _yes(entry.get("verify", True)) and not _yes(entry.get("insecure", False))
    if verify and entry.get("cacert"):
        verify = str(Path(str(entry["cacert"])).expanduser())
    cert = entry.get("cert")
    return Access(
        auth_type=entry.get("auth_type") or _auth_type(options),
        options=options,
        regions=_regions(entry),
        interface=str(entry.get("interface") or entry.get("endpoint_type") or "public").removesuffix("URL"),
        verify=verify,
        cert=(str(cert), str(entry["key"])) if cert and entry.get("key") else str(cert) if cert else None,
    )


def _auth_type(options: Mapping[str, Any]) -> str:
    if "application_credential_secret" in options:
        return "v3applicationcredential"
    return "token" if "token" in options and "password" not in options else "password"


def _regions(entry: Mapping[str, Any]) -> tuple[str, ...]:
    if name := entry.get("region_name"):
        return (str(name),)
    named = entry.get("regions") or ()
    return tuple(str(region["name"] if isinstance(region, Mapping) else region) for region in named)


def _yes(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in _YES


def _places(stem: str, named: str | None, environment: Mapping[str, str]) -> list[Path]:
    """The first that is there is read: the named one, the working directory, the user's, the system's."""
    if named:
        return [Path(named)]
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    return [
        folder / f"{stem}{suffix}" for folder in (Path(), home / "openstack", Path("/etc/openstack")) for suffix in _SUFFIXES
    ]


def _first(places: Iterable[Path], read: Callable[[Path], str | None]) -> tuple[Path | None, Mapping[str, Any]]:
    for place in places:
        if (text := read(place)) is not None:
            try:
                content = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise CloudError(f"{place}{_line(error)}: no YAML") from None  # its text shows the line, maybe a password
            return place, content if isinstance(content, Mapping) else {}
    return None, {}


def _line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f":{mark.line + 1}"


def _section(content: Mapping[str, Any], key: str, place: Path) -> Mapping[str, Any]:
    section = content.get(key)
    if not isinstance(section, Mapping):
        raise CloudError(f"{place}: no {key} in it")
    return section


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CloudError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}") from error
