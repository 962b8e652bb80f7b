"""All that is waited for, out of settings, arguments and a service's own files; every mistake at once."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from parsers.secret import Secret
from probes.oslo.ini import ConfigurationError
from probes.wait.addresses import NAMESPACE, targets_for
from probes.wait.graph import UnknownNodeError
from probes.wait.model import Checked, More, Rabbit, Target
from probes.wait.oslo import targets_in
from probes.wait.settings import WaitSettings
from probes.wait.targets import TargetMistakeError, hidden, options_of, parse

_SECRET_LIMIT = 64 << 10


class PlanError(Exception):
    """It is not clear what to wait for. `mistakes`: one line each."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def planned(
    settings: WaitSettings, arguments: Iterable[str], namespace: str, host: str, environment: Mapping[str, str] = os.environ
) -> tuple[Target, ...]:
    """The targets; each once. `namespace`: of our own pod, empty where it is not known. Raises PlanError."""
    mistakes: list[str] = []
    found: list[Target] = [parse(one.url, one.more()) for one in settings.targets]
    for text in arguments:
        try:
            found.append(parse(text, More(password=_password(text, environment))))
        except TargetMistakeError as error:
            mistakes.append(str(error))
    if settings.oslo_config:
        try:
            found += targets_in(settings.oslo_config, host)
        except ConfigurationError as error:
            mistakes.append(str(error))
    if settings.service:
        found += _of_service(settings, namespace, found, environment, mistakes)
    if not found and not mistakes:
        mistakes.append("nothing to wait for; name targets, --oslo-config FILE, --service NAME or a settings file with -c FILE")
    if mistakes:
        raise PlanError(mistakes)
    return tuple(one for index, one in enumerate(found) if one not in found[:index])


def _of_service(
    settings: WaitSettings, namespace: str, known: Iterable[Target], environment: Mapping[str, str], mistakes: list[str]
) -> Iterator[Target]:
    """What a workload needs; not what its own files name already, with a login."""
    logins = {_role(one) for one in known} - {""}
    where = settings.namespace or namespace or NAMESPACE
    try:
        for name, text in targets_for(settings.service, settings.addresses, where):
            if name in logins:
                continue
            yield parse(text, More(password=_password(text, environment)))
    except (UnknownNodeError, TargetMistakeError) as error:
        mistakes.append(str(error))


def _role(target: Target) -> str:
    """The service of openstack-helm that a target stands for, where it tells as much as we would ask."""
    match target:
        case Rabbit(login=True):
            return "rabbitmq"
        case Checked(_, "mysql", options) if options["user"]:
            return "mariadb"
        case Checked(shown) if shown.startswith("keystone"):
            return "keystone-api"
        case _:
            return ""


def _password(text: str, environment: Mapping[str, str]) -> Secret | None:
    """What `password-file` or `password-env` behind `?` name. Raises TargetMistakeError."""
    options = options_of(text)
    file, name = options.get("password-file"), options.get("password-env")
    if name is not None:
        if not environment.get(name):
            raise TargetMistakeError(f"{hidden(text)}: the variable {name} is not set, or empty")
        return Secret(environment[name])
    return None if file is None else Secret(_content(Path(file), text))


def _content(path: Path, text: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_SECRET_LIMIT + 1)
        written = data.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TargetMistakeError(f"{hidden(text)}: {path}: {reason}; mount the secret, readable for us") from error
    except UnicodeDecodeError:
        raise TargetMistakeError(f"{hidden(text)}: {path} is not UTF-8 text; is it the right file?") from None
    if not written or len(data) > _SECRET_LIMIT:
        raise TargetMistakeError(f"{hidden(text)}: {path} is {'too long' if written else 'empty'}; is it the right file?")
    return written


def with_arguments(settings: WaitSettings, **told: object) -> WaitSettings:
    """The settings with what the command line says besides; None says nothing."""
    return replace(settings, **{name: value for name, value in told.items() if value is not None})  # type: ignore[arg-type]
