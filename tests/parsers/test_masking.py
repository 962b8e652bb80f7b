"""What is hidden, what stays, and that oslo.utils hides nothing that we show."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oslo_utils import strutils

from parsers.masking import mask, might_hide

CASES = Path(__file__).parents[1] / "data" / "masking"
KEYS = strutils._SANITIZE_KEYS
# The quotings and formats of strutils._FORMAT_PATTERNS_1, _2 and _WILDCARD, in their order.
OSLO_SHAPES = (
    "{key} = {secret}",
    "{key}={secret}",
    "{key} = '{secret}'",
    '{key}="{secret}"',
    "{key}1='{secret}'",
    "{key} '{secret}'",
    '{key}  "{secret}"',
    "--{key} {secret}",
    "<{key}>{secret}</{key}>",
    "<{key}2>{secret}</{key}2>",
    "'{key}': '{secret}'",
    '"{key}" : "{secret}"',
    '{{"x_{key}": "{secret}", "user": "y"}}',
    "{{'original_{key}' : u'{secret}'}}",
    "['{key}', '--opt', '{secret}']",
    "'{key}' , '-o', u'{secret}'",
    "{key} --opt {secret}",
    "{key} -o {secret}",
    "{{u'{key}': u'{secret}'}}",
    "'{key}': '{secret}', 'x': 'y\"z'",
)
MORE_SHAPES = (
    "'{key}': b'{secret}'",
    '{{\\"{key}\\": \\"{secret}\\"}}',
    '"{{\\\\\\"{key}\\\\\\": \\\\\\"{secret}\\\\\\"}}"',
    '#{{<<"{key}">> => <<"{secret}">>}}',
    "{key}: '{secret}'",
    "['--{key}', '{secret}']",
    "'{key}': '{secret}",
    "'{key}': '{secret}\\' and more'",
    "'{key}': \"it's {secret}\"",
)
ALPHABET = "abcXYZ019_-+/.$#%&*!~|:;,()[]{}@?"


def cases(name: str) -> list[tuple[str, str]]:
    """Pairs of lines: the text, then what must come out. A blank line stands between two pairs."""
    blocks = (CASES / name).read_text(encoding="utf-8").strip("\n").split("\n\n")
    return [(text, masked) for text, masked in (block.split("\n") for block in blocks)]


def silent() -> list[str]:
    return (CASES / "silent.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("text", "masked"), cases("hidden.txt"))
def test_a_secret_is_hidden_and_all_else_stays(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert might_hide(text)


@pytest.mark.parametrize("text", silent())
def test_an_innocent_line_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_there_are_as_many_silent_cases_as_hiding_ones() -> None:
    assert len(silent()) >= len(cases("hidden.txt"))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", OSLO_SHAPES)
def test_what_oslo_hides_is_hidden(key: str, shape: str) -> None:
    for spelled in (key, key.upper(), key.title()):
        text = shape.format(key=spelled, secret="S3cr3t+Value/1")
        assert "S3cr3t" not in strutils.mask_password(text), "the shape is one that oslo.utils knows"
        assert "S3cr3t" not in mask(text)
        assert mask(text) == text.replace("S3cr3t+Value/1", "***")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", MORE_SHAPES)
def test_shapes_that_oslo_does_not_know_are_hidden_too(key: str, shape: str) -> None:
    text = shape.format(key=key, secret="S3cr3t+Value/1")
    assert "S3cr3t" not in mask(text)


@given(
    st.sampled_from(KEYS),
    st.sampled_from(OSLO_SHAPES),
    st.text(ALPHABET, min_size=6, max_size=24),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_no_secret_that_oslo_hides_is_shown(key: str, shape: str, secret: str, before: str, after: str) -> None:
    secret = f"zq{secret}qz"
    text = f"{before} {shape.format(key=key, secret=secret)} {after}"
    if secret not in strutils.mask_password(text):
        assert secret not in mask(text)


FRAGMENTS = st.lists(
    st.sampled_from(
        """password token secret _key api_key pswd authorization bearer x-auth-token mysql gAAAAAB = : :// @ ' " , < > </ -- -p
        -o *** None {SHA256} abc u b 8080 1 xxxxxxxxxxxxxxxxxxxx / é İ ſ ( ) << =>""".split()
    )
    | st.sampled_from([" ", "\n", "\\", '\\"', "\u212a"]),
    max_size=14,
).map("".join)


@given(FRAGMENTS | st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked


@given(FRAGMENTS | st.text())
def test_only_a_text_that_might_hide_something_changes(text: str) -> None:
    if mask(text) != text:
        assert might_hide(text)


@given(FRAGMENTS)
def test_what_stays_is_the_text_itself(text: str) -> None:
    pieces = mask(text).split("***")
    assert re.fullmatch("[\\s\\S]*".join(map(re.escape, pieces)), text)


@given(st.text(min_size=1), st.sampled_from(["password", "auth_token", "private_key"]))
def test_a_secret_of_any_characters_is_hidden_in_json_and_in_repr(secret: str, key: str) -> None:
    for write in (json.dumps, repr):
        text = mask(write({key: secret, "user": "nova"}))
        assert text.replace('"***"', write("***")) == write({key: "***", "user": "nova"})


@given(st.text(min_size=1), st.integers(1, 3))
def test_a_secret_of_any_characters_is_hidden_in_json_in_json(secret: str, depth: int) -> None:
    text, expected = json.dumps({"password": secret, "user": "nova"}), json.dumps({"password": "***", "user": "nova"})
    for _ in range(depth):
        text, expected = json.dumps({"body": text}), json.dumps({"body": expected})
    assert mask(text) == expected


@pytest.mark.parametrize("piece", ["password='", 'password=\\"', "token ", "--", "://a:", ":1,a:", "password>", "mysql ", "x-"])
def test_a_million_hostile_characters_come_to_an_end(piece: str) -> None:
    assert mask(piece * (1_000_000 // len(piece)))
