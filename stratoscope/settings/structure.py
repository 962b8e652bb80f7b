"""Plain values become a settings dataclass, by its annotations; every mistake is found at once.

Knows the types that settings are made of and no particular setting: `str`, `int`, `float`, `bool`, `Literal`, `Path`,
`Secret`, `Annotated[float, "seconds"]`, `Annotated[int, "bytes"]`, `tuple[X, ...]`, `dict[str, X]`, dataclasses, `X | None`,
and unions of dataclasses that are told apart by their field `kind`. A dataclass may check itself: `mistakes()` yields (dotted
key, what is wrong and what to do). It is asked when other fields are wrong, too, up to where it looks at one of these.
"""

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from parsers.secret import Secret
from stratoscope.settings import scalars, units
from stratoscope.settings.mistakes import Mistake, Path, nearest, path_of, suggestion

T = TypeVar("T")
Structure = Callable[[Any, Any], Any]


class MistakesFoundError(Exception):
    """What `structured` raises."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


def structured(value: Any, cls: type[T], surroundings: scalars.Surroundings) -> T:
    """An instance of the dataclass `cls`. Raises MistakesFoundError."""
    try:
        made: T = _converter(surroundings).structure(value, cls)
    except (BaseValidationError, _CrossMistakesError, ValueError) as error:
        raise MistakesFoundError(list(_mistakes(error, ()))) from None
    return made


class _CrossMistakesError(Exception):
    """What the `mistakes()` of an object have told."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__(found)
        self.found = found


def _converter(surroundings: scalars.Surroundings) -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for cls, take in ((str, scalars.text), (int, scalars.whole), (float, scalars.number), (bool, scalars.truth)):
        converter.register_structure_hook(cls, partial(_take, take))
    converter.register_structure_hook(FilePath, partial(_take, surroundings.path))
    converter.register_structure_hook(Secret, partial(_take, surroundings.secret))
    # of two that fit, cattrs takes the one registered last
    converter.register_structure_hook_factory(is_dataclass, partial(_dataclass, converter))
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is tuple, partial(_tuple, converter))
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is dict, partial(_dict, converter))
    converter.register_structure_hook_factory(lambda cls: _origin(cls) is Literal, _literal)
    converter.register_structure_hook_factory(_is_union, partial(_union, converter))
    converter.register_structure_hook_factory(lambda cls: _unit(cls) is not None, _measured)
    return converter


def _origin(cls: Any) -> Any:
    return get_origin(cls)  # what the library tells of it is narrower than what it gives


def _take(take: Callable[[Any], Any], value: Any, _: Any) -> Any:
    return take(value)


# -- the types ---------------------------------------------------------------------------------------------------------


_UNITS: dict[Any, tuple[str, Callable[[str], Any]]] = {
    "seconds": ("a duration", units.seconds),
    "bytes": ("a size", units.size),
}


def _unit(cls: Any) -> tuple[str, Callable[[str], Any]] | None:
    if get_origin(cls) is not Annotated:
        return None
    return next((_UNITS[word] for word in cls.__metadata__ if word in _UNITS), None)


def _measured(cls: Any) -> Structure:
    unit = _unit(cls)
    assert unit is not None  # noqa: S101  the predicate has looked
    wanted, read = unit
    return lambda value, _: read(scalars.scalar(value, wanted))


def _literal(cls: Any) -> Structure:
    choices = {str(choice): choice for choice in get_args(cls)}
    return lambda value, _: scalars.one_of(value, choices)


def _dataclass(converter: Converter, cls: Any) -> Structure:
    base = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"write a mapping with the keys {', '.join(keys_of(cls))}")  # noqa: TRY004
        try:
            made = base(value, cls)
        except BaseValidationError as error:
            partly = _partly(converter, cls, value, _unread(error, value))
            raise error.derive([*error.exceptions, _CrossMistakesError(list(_cross_mistakes(partly)))]) from None
        if found := list(_cross_mistakes(made)):
            raise _CrossMistakesError(found)
        return made

    return structure


class _UnreadError(Exception):
    """A check needs a field that could not be read."""


def _cross_mistakes(made: Any) -> Iterator[tuple[str, str]]:
    """What an object says against itself. One that was read in part, up to where it needs the rest: nothing is made up."""
    try:
        yield from made.mistakes() if hasattr(made, "mistakes") else ()
    except _UnreadError:
        return


def _partly(converter: Converter, cls: Any, value: Mapping[str, Any], unread: set[str]) -> Any:
    """An object of which all can be asked but the fields that are `unread`."""

    def refuse(_: object, name: str) -> Any:
        if name in unread:
            raise _UnreadError(name)
        raise AttributeError(name)

    partly: Any = object.__new__(type(cls.__name__, (cls,), {"__slots__": (), "__getattr__": refuse}))
    hints = get_type_hints(cls, include_extras=True)
    for field in fields(cls):
        if field.name in value and field.name not in unread:
            object.__setattr__(partly, field.name, converter.structure(value[field.name], hints[field.name]))
        elif field.name not in unread:
            default = field.default if field.default_factory is MISSING else field.default_factory()
            object.__setattr__(partly, field.name, default)
    return partly


def _unread(error: BaseValidationError, value: Mapping[str, Any]) -> set[str]:
    """The fields that a file meant to give and did not: wrong, missing, or (by the looks of it) misspelt."""
    found: set[str] = set()
    for inner in error.exceptions:
        if isinstance(inner, ForbiddenExtraKeysError):
            left = [key for key in keys_of(inner.cl) if key not in value]
            found |= {meant for name in inner.extra_fields if (meant := nearest(name, left))}
        elif (note := _note(inner)) is not None:
            found.add(str(note))
    return found


def _tuple(converter: Converter, cls: Any) -> Structure:
    base: Structure = homogenous_tuple_structure_factory(cls, converter)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError("write a list: [A, B], or a line with - for each")  # noqa: TRY004
        return base(value, cls)

    return structure


def _dict(converter: Converter, cls: Any) -> Structure:
    base: Structure = mapping_structure_factory(cls, converter)

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("write a mapping: a line with NAME: VALUE for each")  # noqa: TRY004
        return base(value, cls)

    return structure


def _is_union(cls: Any) -> bool:
    return get_origin(cls) in (Union, types.UnionType)


def _union(converter: Converter, cls: Any) -> Structure:
    """`X | None`, or dataclasses with a field `kind`."""
    members = [member for member in get_args(cls) if member is not types.NoneType]
    optional = len(members) < len(get_args(cls))
    chosen = _by_kind(converter, members) if len(members) > 1 else converter.get_structure_hook(members[0])

    def structure(value: Any, _: Any) -> Any:
        return None if value is None and optional else chosen(value, members[0])

    return structure


def _by_kind(converter: Converter, members: list[Any]) -> Structure:
    kinds = {kind: member for member in members for kind in get_args(get_type_hints(member)["kind"])}

    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, dict) or "kind" not in value:
            raise ValueError(f"write a mapping with kind: {' or '.join(kinds)}")
        try:
            member = scalars.one_of(value["kind"], {kind: kinds[kind] for kind in kinds})
        except ValueError as error:
            raise _CrossMistakesError([("kind", str(error))]) from None
        return converter.structure(value, member)

    return structure


# -- what went wrong ---------------------------------------------------------------------------------------------------


def keys_of(cls: Any) -> list[str]:
    """The keys that a settings dataclass has in a file."""
    return [field.name for field in fields(cls)]


def _mistakes(error: Exception, path: Path) -> Iterator[Mistake]:
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            note = _note(inner)
            if isinstance(inner, ForbiddenExtraKeysError):
                yield from _unknown(inner, path)
            elif isinstance(inner, KeyError) and note is not None:
                yield Mistake(path, f"the key {note} is missing; add it")
            else:
                yield from _mistakes(inner, path if note is None else (*path, note))
    elif isinstance(error, _CrossMistakesError):
        yield from (Mistake((*path, *path_of(key)), text) for key, text in error.found)
    elif isinstance(error, ValueError):
        yield Mistake(path, str(error))
    else:
        raise error  # a fault of ours: a type that settings may not have


def _note(error: Exception) -> str | int | None:
    """The key or index at which an error was found."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
        if isinstance(note, IterableValidationNote):
            return note.index
    return None


def _unknown(error: ForbiddenExtraKeysError, path: Path) -> Iterator[Mistake]:
    known = keys_of(error.cl)
    for name in sorted(error.extra_fields):
        yield Mistake((*path, name), f"there is no such key; {suggestion(name, known)}")
