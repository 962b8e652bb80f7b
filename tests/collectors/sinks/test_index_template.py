"""The index template: every field that a document can have is in it once, and the files in docs/ are what the code makes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from collectors.sinks.documents import FIELDS, document_of
from collectors.sinks.index_template import template
from tests.collectors.sinks.made import sample_events
from tests.collectors.sinks.templates import FILES, FOLDER


def leaves(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names with dots, and types."""
    for name, one in properties.items():
        assert not ("type" in one and "properties" in one), f"{prefix}{name} is a field and holds others"
        if "properties" in one:
            yield from leaves(one["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", one["type"]


def test_every_field_is_in_it_with_its_type() -> None:
    assert dict(leaves(template()["template"]["mappings"]["properties"])) == FIELDS


def test_no_word_is_longer_than_lucene_takes() -> None:
    """32,766 bytes: a dump in base64 would cost the whole event. What makes letters more comes before the cut."""
    settings = template()["template"]["settings"]
    assert settings["analysis.analyzer.words"]["filter"][-1] == "beginning"
    assert settings["analysis.filter.beginning"]["length"] * len("\U0001d504".encode()) <= 32_766


def test_what_the_sink_sends_fits_into_it() -> None:
    known = {tuple(name.split(".")) for name in FIELDS}

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, (*path, *name.split(".")))
        elif isinstance(value, list):
            for one in value:
                walk(one, path)
        else:
            assert path in known

    for event in sample_events():
        walk(document_of(event, "2026-11-23T03:33:01Z"), ())


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_code_makes(name: str) -> None:
    assert json.loads((FOLDER / name).read_text()) == FILES[name](), "run make docs"
