"""The settings of sidecars as text, in which some lines depend on the pod: what the builder wrote, line by line."""

from collections.abc import Iterator

from stratoscope.inject import names
from stratoscope.inject.mounts import folder_of
from stratoscope.inject.needs import NEEDS
from stratoscope.inject.policies import pods
from stratoscope.inject.policies.cel import any_of, if_else, joined, quoted
from stratoscope.inject.policies.example import MODE, SETTINGS, USER, Examples, Kind, Variant


def probe_settings(examples: Examples) -> str:
    """One of up to eight texts."""

    def text(variant: Variant) -> str:
        return joined(_lines(examples.kind, examples.of(variant).annotations[names.PROBE_SETTINGS]))

    def by_host(*, drained: bool, login: bool) -> str:
        return if_else("variables.host", text(Variant(True, drained, login)), text(Variant(False, drained, login)))

    def by_login(*, drained: bool) -> str:
        return if_else("variables.login", by_host(drained=drained, login=True), by_host(drained=drained, login=False))

    return if_else("variables.drained", by_login(drained=True), by_login(drained=False))


def _lines(kind: Kind, text: str) -> Iterator[str]:
    """Configuration files where the pod has them, its own period, its login's user; and the mode, which is put in later."""
    seen = {
        path: pods.seen(f"variables.mounts{index}", path)
        for index, (_, profile) in enumerate(kind.services)
        for path in NEEDS[profile].config
    }
    for line in text.splitlines(keepends=True):
        rest = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if rest == "config_files:":
            yield f"({any_of(seen.values())} ? {quoted(line)} : '')"
        elif rest.startswith("- /") and rest[2:] in seen:
            yield f"({seen[rest[2:]]} ? {quoted(line)} : '')"
        elif rest.startswith("grace: "):
            yield from (quoted(f"{indent}grace: "), "string(variables.grace)", quoted("s\n"))
        elif rest == f"user: {USER}":
            yield from (quoted(f"{indent}user: "), _user(kind), quoted("\n"))
        elif rest == f"mode: {SETTINGS.mode}":
            yield quoted(f"{indent}mode: {MODE}\n")
        else:
            yield quoted(line)


def _user(kind: Kind) -> str:
    name = next(login[1] for _, profile in kind.services if (login := NEEDS[profile].login))
    return f"variables.container0.env.filter(e, e.name == {quoted(name)})[0].value"


def log_settings(examples: Examples) -> str:
    """The patterns whose folders the pod has."""
    return joined(_log_lines(examples))


def _log_lines(examples: Examples) -> Iterator[str]:
    for line in examples.of().annotations[names.LOG_SETTINGS].splitlines(keepends=True):
        pattern = line.strip().removeprefix("- ")
        if pattern in examples.kind.row.log_files:
            yield f"({pods.seen('variables.mounts0', folder_of(pattern))} ? {quoted(line)} : '')"
        else:
            yield quoted(line)
