"""What must hold of any bytes whatever, one class for each sentence of the parser's contract."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.parser import Parser, ParserOptions
from tests.parsers import contract
from tests.parsers.pieces import ANY, DAMAGED, PLAIN, texts

DATA = Path(__file__).parents[1] / "data"
SAMPLES = sorted(
    path for path in DATA.rglob("*") if path.is_file() and (path.suffix in {".log", ".txt"} or path.parent.name == "fuzz")
)
QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
CUTS = st.lists(st.integers(0, 3000), max_size=6)
EVERY_997 = range(0, 1 << 20, 997)


class TestAnyChunkingOfTheBytesGivesTheSameEvents:
    """The same bytes give the same events however they are cut into pieces."""

    @given(ANY, CUTS)
    @QUICK
    def test_of_any_lines(self, data: bytes, cuts: list[int]) -> None:
        contract.any_chunking_gives_the_same_events(data, cuts)

    @given(texts(PLAIN), CUTS)
    @QUICK
    def test_of_plain_lines(self, data: bytes, cuts: list[int]) -> None:
        contract.any_chunking_gives_the_same_events(data, cuts)

    @given(st.binary(max_size=300), CUTS)
    @QUICK
    def test_of_any_bytes(self, data: bytes, cuts: list[int]) -> None:
        contract.any_chunking_gives_the_same_events(data, cuts)


class TestNothingIsLostAndNothingMoves:
    """Every byte is in exactly one record, and records come in the order of their first lines."""

    @given(texts(PLAIN))
    @QUICK
    def test_of_plain_lines(self, data: bytes) -> None:
        contract.records_are_in_order_and_whole(data)

    @given(texts(PLAIN | DAMAGED))
    @QUICK
    def test_of_damaged_lines(self, data: bytes) -> None:
        contract.records_are_in_order_and_whole(data)

    @given(ANY)
    @QUICK
    def test_every_byte_is_in_an_event(self, data: bytes) -> None:
        contract.every_byte_is_in_an_event(data)


class TestJsonLinesAreTheEvents:
    """The lines of JsonParser, read as JSON, are the events of Parser."""

    @given(ANY, CUTS, st.booleans())
    @QUICK
    def test_of_any_lines(self, data: bytes, cuts: list[int], masking: bool) -> None:
        contract.json_is_the_event(data, cuts, ParserOptions(masking=masking))

    @given(texts(PLAIN), CUTS)
    @QUICK
    def test_of_plain_lines(self, data: bytes, cuts: list[int]) -> None:
        contract.json_is_the_event(data, cuts, ParserOptions(service="compute", file="/var/log/nova.log"))

    @given(st.binary(max_size=300))
    @QUICK
    def test_of_any_bytes(self, data: bytes) -> None:
        contract.json_is_the_event(data, [])


class TestTheScanIsTheLineByLineWay:
    """The scan for whole records gives the records that looking at each line gives."""

    @given(texts(PLAIN, most=20))
    @QUICK
    def test_of_plain_lines(self, data: bytes) -> None:
        contract.the_swift_way_is_the_slow_way(data)

    @given(texts(PLAIN | DAMAGED))
    @QUICK
    def test_of_damaged_lines(self, data: bytes) -> None:
        contract.the_swift_way_is_the_slow_way(data)


class TestGoingOnWhereAnotherStopped:
    """A parser begun at `position` gives out all that the one before had not."""

    @given(ANY, st.integers(0, 3000))
    @QUICK
    def test_of_any_lines(self, data: bytes, stop: int) -> None:
        contract.going_on_loses_nothing(data, stop)

    @given(texts(PLAIN), st.integers(0, 3000))
    @QUICK
    def test_of_plain_lines(self, data: bytes, stop: int) -> None:
        contract.going_on_loses_nothing(data, stop)

    def test_the_position_is_that_of_the_first_open_record(self) -> None:
        parser = Parser()
        parser.feed(b"2026-11-23 03:33:01.807 7 INFO nova [-] one\n2026-11-23 03:33:01.807 7 INFO nova [-] two\n", 0.0)
        assert parser.position == (44, 2)
        parser.close()
        assert parser.position == (88, 3)


class TestAWrapperChangesNothing:
    """What stands in a wrapper is read as it would be without it."""

    @given(texts(PLAIN))
    @QUICK
    def test_of_plain_lines(self, data: bytes) -> None:
        contract.a_wrapper_changes_nothing(data)


class TestNothingStaysForEver:
    """After `idle_seconds` of silence every whole line has been given out."""

    @given(texts(PLAIN))
    @QUICK
    def test_expiry(self, data: bytes) -> None:
        parser = Parser()
        events = parser.feed(data, 0.0)
        assert parser.expire(1.9) == []
        events += parser.expire(2.0)
        whole = data.rfind(b"\n") + 1
        assert parser.position == (whole, data.count(b"\n") + 1)
        assert contract.covered(events, whole) == b"\x01" * whole

    @given(ANY, CUTS)
    @QUICK
    def test_silence_between_pieces(self, data: bytes, cuts: list[int]) -> None:
        contract.silence_loses_nothing(data, cuts)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.relative_to(DATA)))
def test_every_sentence_holds_of_every_sample(sample: Path) -> None:
    data = sample.read_bytes()
    contract.any_chunking_gives_the_same_events(data, EVERY_997)
    contract.json_is_the_event(data, EVERY_997)
    contract.the_swift_way_is_the_slow_way(data)
    contract.records_are_in_order_and_whole(data)
    for stop in range(0, len(data), len(data) // 3 + 1):
        contract.going_on_loses_nothing(data, stop)
