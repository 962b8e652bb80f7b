"""Which formats a line can be of, by its first byte: a look into a table instead of forty patterns."""

from collections.abc import Sequence

from parsers.formats.base import Format
from parsers.oslo_profile import Profile


class FormatSet:
    """The formats in use, in the order of trying. Shared by all streams; holds no state of any."""

    def __init__(self, formats: Sequence[Format], profiles: Sequence[Profile]) -> None:
        self._strong = _by_first_byte([f for f in formats if f.strong])
        self._weak = _by_first_byte([f for f in formats if not f.strong])
        self._profiles = tuple(profiles)
        self._leading = {first: _after(first, profiles) for first in profiles}

    def profiles_for(self, current: Profile | None) -> tuple[Profile, ...]:
        """The oslo profiles, the one that the stream used last in front."""
        return self._leading[current] if current is not None else self._profiles

    def strong_for(self, data: bytes) -> tuple[Format, ...]:
        """Formats that may begin with the first byte of `data` and can be told anywhere."""
        return self._strong[data[0]] if data else ()

    def weak_for(self, data: bytes) -> tuple[Format, ...]:
        """Formats that may begin with the first byte of `data`, for lines that no open record wants."""
        return self._weak[data[0]] if data else ()


def _after(first: Profile, profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """All profiles, `first` in front. Where records have a time, a line without is no record: it may stand in a message."""
    return first, *(profile for profile in profiles if profile is not first and profile.timed >= first.timed)


def _by_first_byte(formats: Sequence[Format]) -> tuple[tuple[Format, ...], ...]:
    return tuple(tuple(f for f in formats if not f.starts or byte in f.starts) for byte in range(256))
