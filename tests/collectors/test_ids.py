from collectors.ids import Ids
from collectors.model import Chunk


def chunk(offset: int, data: bytes, origin: str = "", identity: str = "s") -> Chunk:
    return Chunk("a.log", identity, offset, 1, data, origin=origin)


def test_a_stream_that_can_be_read_again_is_told_by_identity_and_offset() -> None:
    ids = Ids("s")
    ids.saw(chunk(0, b"ab\n"))
    assert ids.of(255) == "s:ff"


def test_the_same_bytes_from_a_sender_that_repeats_have_the_same_id_wherever_they_stand() -> None:
    first, later = Ids("s1"), Ids("s2")
    first.saw(chunk(0, b"aaaa\n", "A"))
    first.saw(chunk(5, b"b\nc\n", "B"))
    later.saw(chunk(0, b"b\nc\n", "B", "s2"))
    assert first.of(7) == later.of(2) == "B:2"
    assert first.of(0) == "A:0"


def test_an_end_without_bytes_begins_nothing() -> None:
    ids = Ids("s")
    ids.saw(chunk(0, b"a\n", "A"))
    ids.saw(chunk(2, b"", "B"))
    assert ids.of(2) == "A:2"


def test_what_the_position_has_passed_is_forgotten() -> None:
    ids = Ids("s")
    for number in range(1000):
        ids.saw(chunk(number * 2, b"a\n", f"o{number}"))
        ids.passed(number * 2)
    assert len(ids._starts) == 1
    assert ids.of(1999) == "o999:1"
