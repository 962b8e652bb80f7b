"""What is wanted for one pod: the settings, where its annotations do not say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from stratoscope.inject import names
from stratoscope.inject.model import Refusal, Why
from stratoscope.inject.mounts import wrong_pattern
from stratoscope.inject.settings import InjectSettings, Replaced

_YES, _NO = ("true", "yes", "enabled"), ("false", "no", "disabled")
_MODES = ("observe", "enforce")
_USERS = ("own", "same")


@dataclass(frozen=True, slots=True)
class Wanted:
    """For one pod."""

    settings: InjectSettings
    probes_wanted: bool
    drain_wanted: bool
    logs_wanted: bool
    probes: str
    mode: str
    user: str
    share_processes: bool
    port: int | None
    log_files: tuple[str, ...]


def wanted(annotations: Mapping[str, Any], settings: InjectSettings) -> Wanted | Refusal:
    """What is wanted, or which annotation cannot be understood."""
    try:
        logs = str(annotations.get(names.LOGS, "true")).strip()
        files = _files(logs)
        return Wanted(
            settings=settings,
            probes_wanted="probes" in settings.parts,
            drain_wanted=_flag(annotations, names.DRAIN, "drain" in settings.parts),
            logs_wanted=("logs" in settings.parts or bool(files)) and logs.lower() not in _NO,
            probes=_one_of(annotations, names.PROBES, get_args(Replaced), settings.probes),
            mode=_one_of(annotations, names.MODE, _MODES, settings.mode),
            user=_one_of(annotations, names.USER, _USERS, settings.user),
            share_processes=_flag(annotations, names.SHARE_PROCESSES, settings.share_process_namespace),
            port=_port(annotations),
            log_files=files,
        )
    except ValueError as error:
        return Refusal(Why.UNCLEAR, str(error))


def _files(value: str) -> tuple[str, ...]:
    """Those that are named; none where it is a flag."""
    if value.lower() in _YES + _NO:
        return ()
    files = tuple(one.strip() for one in value.split(",") if one.strip())
    for one in files:
        if wrong := wrong_pattern(one):
            raise ValueError(f"annotation {names.LOGS} names {one[:60]!r}, which {wrong}; write as /var/log/nova/*.log")
    return files


def _one_of(annotations: Mapping[str, Any], name: str, known: tuple[str, ...], default: str) -> str:
    value = str(annotations.get(name, default))
    if value not in known:
        raise ValueError(f"annotation {name} is {value[:40]!r}; write one of {', '.join(known)}")
    return value


def _flag(annotations: Mapping[str, Any], name: str, default: bool) -> bool:
    value = str(annotations.get(name, default)).lower()
    if value not in _YES + _NO:
        raise ValueError(f'annotation {name} is {value[:40]!r}; write "true" or "false"')
    return value in _YES


def _port(annotations: Mapping[str, Any]) -> int | None:
    value = annotations.get(names.PORT)
    if value is None:
        return None
    if not str(value).isdecimal() or not 1024 <= int(str(value)) <= 65535:
        raise ValueError(f"annotation {names.PORT} is {str(value)[:40]!r}; write a port, 1024 to 65535")
    return int(str(value))
