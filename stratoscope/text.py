"""Text from logs, made safe and honest to show: what cannot be seen, or turns text around, becomes visible."""

import re
from collections.abc import Iterator

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline, directions, joiners, tags, lone halves of pairs."""


def visible(text: str) -> str:
    """`text` with a picture (`␛`) for each control character and `<U+202E>` for the other hidden ones."""
    return _HIDDEN.sub(_picture, text)


def visible_line(text: str) -> str:
    """As `visible`, in one line: newlines and tabs are pictures too."""
    return visible(text).replace("\n", "\u2424").replace("\t", "\u2409")


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` as `visible` shows it, in pieces, and with each whether it stands for something hidden.

    So a real `<U+202E>` can be marked, and told from one that somebody wrote.
    """
    end = 0
    for match in _HIDDEN.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield _picture(match), True
        end = match.end()
    if end < len(text):
        yield text[end:], False


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"
