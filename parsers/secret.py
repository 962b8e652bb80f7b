"""Text that must not show: passwords, tokens, keys. It stands here as all packages may import `parsers`."""

from typing import Self

HIDDEN = "********"


class Secret:
    """A secret. Only `reveal()` gives it; printed, formatted, logged or compared in a test's output it is asterisks."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not to be written anywhere")
