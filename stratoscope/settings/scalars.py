"""What each type of a setting takes from the text in the file. Raises ValueError, which says what can be written instead.

No text of a secret goes into an error: neither what stands in the file, nor what the file or variable that it names holds.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parsers.secret import Secret
from stratoscope.settings.mistakes import suggestion

MAX_SECRET = 64 << 10
"""Bytes of a file that holds a secret; a private key with its chain has a tenth of that."""
_TRUTHS = {"true": True, "True": True, "false": False, "False": False}
_SHOWN = 60


def text(value: Any) -> str:
    """A setting of type str."""
    return scalar(value, "a text")


def whole(value: Any) -> int:
    """A setting of type int."""
    written = scalar(value, "a whole number")
    digits = written.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise ValueError(f"{shown(written)} is no whole number; write one, for example 10")
    return int(written)


def number(value: Any) -> float:
    """A setting of type float."""
    written = scalar(value, "a number")
    try:
        made = float(written)
    except ValueError:
        made = math.nan
    if not math.isfinite(made) or "_" in written:
        raise ValueError(f"{shown(written)} is no number; write one, for example 0.5")
    return made


def truth(value: Any) -> bool:
    """A setting of type bool."""
    written = scalar(value, "true or false")
    if written not in _TRUTHS:
        raise ValueError(f"{shown(written)} is neither true nor false; write one of these")
    return _TRUTHS[written]


def one_of(value: Any, choices: Mapping[str, Any]) -> Any:
    """A setting of type Literal: `choices` are the texts that stand for its values."""
    written = scalar(value, f"one of {', '.join(choices)}")
    if written not in choices:
        near = suggestion(written, choices)
        raise ValueError(f"{shown(written)} is not one of {', '.join(choices)}" + (f"; {near}" if near.endswith("?") else ""))
    return choices[written]


def shown(written: str) -> str:
    """A text from the file, in quotes and not too long."""
    return repr(written if len(written) <= _SHOWN else written[:_SHOWN] + "…")


def scalar(value: Any, wanted: str) -> str:
    """The text of a single value; `wanted` is what should stand there (`a duration`)."""
    if isinstance(value, str):
        return value
    if value is None:
        raise ValueError(f"nothing stands here; write {wanted}, or leave the key out")
    raise ValueError(f"this is a {'list' if isinstance(value, list) else 'mapping'}; write {wanted}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a settings file may point to: files, relative ones from its own `folder`, and variables of the `environment`."""

    folder: Path
    environment: Mapping[str, str]

    def path(self, value: Any) -> Path:
        """A setting of type Path. Whether anything is there is not looked at."""
        written = scalar(value, "a path")
        if not written:
            raise ValueError("the path is empty; write one, or leave the key out")
        return self.folder / written

    def secret(self, value: Any) -> Secret:
        """A setting of type Secret: `{file: PATH}` or `{env: NAME}`."""
        if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"file", "env"}:
            plain = "secrets do not stand in settings; put it into a file of its own, and " if isinstance(value, str) else ""
            raise ValueError(f"{plain}write {{file: PATH}} or {{env: NAME}}")
        ((source, name),) = value.items()
        if not isinstance(name, str) or not name:
            raise ValueError(f"{source} is empty; write {{file: PATH}} or {{env: NAME}}")
        return Secret(self._from_file(self.folder / name) if source == "file" else self._from_environment(name))

    def _from_environment(self, name: str) -> str:
        if not self.environment.get(name):
            raise ValueError(f"the variable {name} is not set, or empty; set it before the start")
        return self.environment[name]

    def _from_file(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                data = file.read(MAX_SECRET + 1)
        except PermissionError:
            raise ValueError(f"{path} may not be read by user {os.geteuid()}; change its owner or mode") from None
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}; check the path") from None
        try:
            written = data.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise ValueError(f"{path} is not UTF-8 text; is it the right file?") from None
        if not written or len(data) > MAX_SECRET:
            raise ValueError(f"{path} is {'empty' if not written else 'too long for a secret'}; is it the right file?")
        return written
