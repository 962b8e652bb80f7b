"""Cases as files; the name of each reads as a sentence. About half of them say that nothing happens."""

from pathlib import Path

import pytest

from probes.verdict.rules import RULES
from tests.probes.verdict.story import CASES, play, read

FILES = sorted(CASES.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    story = read(path.read_text())
    wanted = dict(story.wanted)
    assert wanted
    for moment in play(story):
        told = f"{path.stem} at {moment.at:g}: {moment.verdict.state}, {moment.live.outcome}: {moment.live.reason}"
        for word in wanted.get(moment.at, ()):
            assert moment.has(word), f"{told}; wanted {word}"
        for words in story.never:
            assert not all(moment.has(word) for word in words), f"{told}; must never be {' '.join(words)}"


def test_about_half_of_the_cases_say_that_nothing_happens() -> None:
    silent = [path for path in FILES if "\nnever kill" in path.read_text()]
    assert len(FILES) >= 40
    assert 0.4 <= len(silent) / len(FILES) <= 0.8


def test_a_line_that_is_not_understood_is_told() -> None:
    with pytest.raises(ValueError, match="not understood"):
        read("profile nova-compute\nwhen 5 rpc silent\n")
    with pytest.raises(ValueError, match="has no"):
        read("profile nova-compute\nfrom 5 http silent\n")
    with pytest.raises(ValueError, match="begins with its profile"):
        read("from 5 http silent\n")


def test_each_row_of_the_table_has_a_case_that_names_it() -> None:
    named = {word for path in FILES for word in path.read_text().split() if word.startswith("rule=")}
    assert named == {f"rule={rule.name}" for rule in RULES}
