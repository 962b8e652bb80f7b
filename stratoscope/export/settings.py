"""The settings file of `stratoscope export`: its dataclass is made from the table of exporters; a row there is all it takes."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import GenericAlias
from typing import Any

from exporters.frame.frame import Wanted
from exporters.frame.plan import Collection
from exporters.frame.view import View
from exporters.table import EXPORTERS, Exporter
from stratoscope.export.allowed import Allowed
from stratoscope.serving.listen import ListenError, address_of
from stratoscope.settings.document import Document
from stratoscope.settings.load import lines_of
from stratoscope.settings.mistakes import Mistake, SettingsError, suggestion
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured

TARGET = "{target}"
"""What stands in a module where a probe's target belongs."""
_NOTHING = "there is nothing to export; name a target, as in docs/exporters/README.md"
_EXAMPLES = ("target.example", "target.example:1")
"""With these a module is tried out when it is read; some want a port there, some add it themselves."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """The file, but for `exporters`."""

    listen: str = ":9765"
    """HOST:PORT of /metrics; all addresses by default, as Prometheus usually comes from another machine."""
    web_config: Path | None = None
    """Prometheus' web configuration file, for TLS and passwords on this port; see below."""
    modules: dict[str, Any] = field(default_factory=dict)
    """For /probe: NAME: {kind: galera, ...}, settings of an exporter in which {target} stands for the target."""
    allow_targets: tuple[str, ...] = ()
    """Targets that /probe may be sent to: names, patterns (db*.example.org), networks (10.1.0.0/16); each with :PORT or :* if
    it may have one. All others are refused."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be used."""
        try:
            address_of(self.listen)
        except ListenError as error:
            yield "listen", str(error).removeprefix("--listen ")
        for index, entry in enumerate(self.allow_targets):
            try:
                Allowed.parse(entry)
            except ValueError as error:
                yield f"allow_targets[{index}]", str(error)
        if self.modules and not self.allow_targets:
            yield "modules", "nothing could be probed with them; name the targets in allow_targets"

    def allowed(self) -> tuple[Allowed, ...]:
        """`allow_targets`, ready to be asked."""
        return tuple(map(Allowed.parse, self.allow_targets))


@cache
def section_class(exporter: Exporter) -> type[Any]:
    """What one target of an exporter is told: its own settings, and how it is asked."""
    base = exporter.settings()
    collection = field(default=Collection(), metadata={"meaning": "When it is asked, and for how long the answer is served."})
    name = field(default=exporter.name, metadata={"meaning": "What it is called: the label `target` of the frame's series."})
    has_name = "name" in {one.name for one in fields(base)}
    return make_dataclass(
        f"{exporter.name.capitalize()}Section",
        [*([] if has_name else [("name", str, name)]), ("collection", Collection, collection)],
        bases=(base,),
        frozen=True,
        slots=True,
    )


@cache
def settings_class(table: tuple[Exporter, ...]) -> type[Any]:
    """The class of the whole file."""
    lists: list[Any] = [(one.name, GenericAlias(tuple, (section_class(one), ...)), field(default=())) for one in table]
    exporters = make_dataclass("Exporters", lists, frozen=True, slots=True)
    return make_dataclass(
        "ExportFile", [("exporters", exporters, field(default=exporters()))], bases=(ExportSettings,), frozen=True, slots=True
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A settings file that is right. `settings` has the fields of ExportSettings, and `exporters`."""

    settings: Any
    table: tuple[Exporter, ...]
    surroundings: Surroundings

    def wanted(self, view: View) -> list[Wanted]:
        """All targets."""
        return [
            _wanted(exporter, section, section.name, view)
            for exporter in self.table
            for section in getattr(self.settings.exporters, exporter.name)
        ]

    def probed(self, module: str, target: str, view: View) -> Wanted:
        """The target of a probe by a module that there is. Raises MistakesFoundError where the target does not fit into it."""
        exporter, section = _module(self.settings.modules[module], target, self.table, self.surroundings)
        wanted = _wanted(exporter, section, target, view)
        return replace(wanted, plan=replace(wanted.plan, lane="scrape"))


def _wanted(exporter: Exporter, section: Any, target: str, view: View) -> Wanted:
    plan = section.collection.over(exporter.plan)
    return Wanted(exporter.name, section, plan, partial(exporter.build, section, target, view), exporter.joins)


def settings_in(
    document: Document,
    path: Path,
    table: tuple[Exporter, ...] = EXPORTERS,
    environment: Mapping[str, str] = os.environ,
) -> Loaded:
    """The settings in a document that was read from `path`. Raises SettingsError with every mistake."""
    mistakes = list(document.mistakes)
    if document.root is not None or not mistakes:
        root = {} if document.root is None else document.root
        try:
            loaded = loaded_of(root, Surroundings(path.parent, environment), table)
        except MistakesFoundError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(lines_of(mistakes, document, path))
    return loaded


def loaded_of(root: Any, surroundings: Surroundings, table: tuple[Exporter, ...] = EXPORTERS) -> Loaded:
    """The settings in the root of a document, or in a part of one. Raises MistakesFoundError with every mistake."""
    mistakes = [*_module_mistakes(root, table, surroundings), *_twins(root, table), *_alone(root, table)]
    try:
        settings = structured(root, settings_class(table), surroundings)
        if not settings.modules and not any(getattr(settings.exporters, one.name) for one in table):
            mistakes.append(Mistake(("exporters",), _NOTHING))
    except MistakesFoundError as error:
        mistakes += error.mistakes
    if mistakes:
        raise MistakesFoundError(mistakes)
    return Loaded(settings, table, surroundings)


def _twins(root: Any, table: tuple[Exporter, ...]) -> Iterator[Mistake]:
    """Targets of one exporter that are the same. Looks at what is written, as any of them may be wrong otherwise."""
    exporters = _mapping(_mapping(root).get("exporters"))
    for exporter in table:
        sections = exporters.get(exporter.name)
        found = [_mapping(section) for section in sections] if isinstance(sections, list) else []
        at = ("exporters", exporter.name)
        names = [str(section.get("name", exporter.name)) for section in found]
        for index in _again(names):
            text = f"another target of {exporter.name} is called {names[index]}, too; give each a name of its own"
            yield Mistake((*at, index, "name"), text)
        if exporter.apart != "name":
            text = "there can be only one: a second one would have the same series"
            told = f"{text}, unless each has another {exporter.apart}" if exporter.apart else text
            yield from (Mistake((*at, index), told) for index in _again([str(one.get(exporter.apart, "")) for one in found]))


def _alone(root: Any, table: tuple[Exporter, ...]) -> Iterator[Mistake]:
    """Exporters without the one that they need."""
    exporters = _mapping(_mapping(root).get("exporters"))
    for exporter in table:
        if exporters.get(exporter.name) and exporter.needs and not exporters.get(exporter.needs):
            text = f"has nothing to tell without exporters.{exporter.needs} in this file; add a target there"
            yield Mistake(("exporters", exporter.name), text)


def _again(values: list[str]) -> list[int]:
    """Where a value stands that has stood before."""
    return [index for index, value in enumerate(values) if value in values[:index]]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _module_mistakes(root: Any, table: tuple[Exporter, ...], surroundings: Surroundings) -> Iterator[Mistake]:
    for name, raw in _mapping(_mapping(root).get("modules")).items():
        found: list[Sequence[Mistake]] = []
        for example in _EXAMPLES:
            try:
                _module(raw, example, table, surroundings)
            except MistakesFoundError as error:
                found.append(error.mistakes)
        if len(found) == len(_EXAMPLES):
            yield from (Mistake(("modules", name, *one.path), one.text) for one in found[0])


def _module(raw: Any, target: str, table: tuple[Exporter, ...], surroundings: Surroundings) -> tuple[Exporter, Any]:
    """Exporter and settings of a module, with a target put in. Raises MistakesFoundError."""
    kinds = {exporter.name: exporter for exporter in table if not exporter.joins}
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind not in kinds:
        told = f"{kind!r} is no exporter; {suggestion(str(kind), kinds)}" if kind else f"write kind: {' or '.join(kinds)}"
        raise MistakesFoundError([Mistake(("kind",) if kind else (), told)])
    values = {name: value for name, value in raw.items() if name != "kind"}
    return kinds[kind], structured(_filled({"name": TARGET} | values, target), section_class(kinds[kind]), surroundings)


def _filled(value: Any, target: str) -> Any:
    """The same, with the target in its place."""
    if isinstance(value, dict):
        return {key: _filled(one, target) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, target) for one in value]
    return value.replace(TARGET, target) if isinstance(value, str) else value
