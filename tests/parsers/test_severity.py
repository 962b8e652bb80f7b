import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.severity import number_of

WORDS = {
    1: "TRACE t Level 5",
    5: "DEBUG DBG dbg dbug D",
    9: "INFO info Note I inf information",
    10: "NOTICE notice noti AUDIT System N",
    13: "WARNING warning WARN wrn W Warn",
    17: "ERROR ERR error erro E",
    21: "CRITICAL FATAL crit F",
    22: "ALERT alrt",
    24: "EMERG EMER emergency emgc",
}


@pytest.mark.parametrize(
    ("word", "number"), [(word, number) for number, words in WORDS.items() for word in words.replace("Level 5", "5").split()]
)
def test_each_word_has_its_number(word: str, number: int) -> None:
    assert number_of(word) == number


@pytest.mark.parametrize(
    ("level", "number"), [("Level 25", 12), ("Level 21", 10), ("21", 10), ("Level 5", 1), ("Level 50", 21), ("Level 99", 24)]
)
def test_numeric_levels_follow_pythons_ranges(level: str, number: int) -> None:
    assert number_of(level) == number


@pytest.mark.parametrize("word", [None, "", " ", "Level", "Level x", "loud", "1234", "INFOS"])
def test_anything_else_is_unknown(word: str | None) -> None:
    assert number_of(word) is None


@given(st.sampled_from([word for words in WORDS.values() for word in words.split()]))
def test_case_and_blanks_around_do_not_matter(word: str) -> None:
    assert number_of(f" {word.upper()} ") == number_of(word.lower())


@given(st.text(max_size=12))
def test_every_number_is_one_of_opentelemetry(word: str) -> None:
    number = number_of(word)
    assert number is None or 1 <= number <= 24
