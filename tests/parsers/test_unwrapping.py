"""Lines that come in parts, streams that are told apart, and how much of either is kept."""

from parsers.limits import Limits
from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from tests.parsers.contract import NOW, events_of

HEAD = b"2026-11-23 03:33:01.807 7 INFO nova.api [-] "
RAW = ParserOptions(raw=True)


def cri(flag: bytes, text: bytes, stream: bytes = b"stdout", second: int = 1) -> bytes:
    return b"2026-11-23T03:33:%02d.808123456Z %b %b %b\n" % (second, stream, flag, text)


def docker(text: bytes, stream: bytes = b"stdout") -> bytes:
    return b'{"log":"%b","stream":"%b","time":"2026-11-23T03:33:01.808123456Z"}\n' % (text, stream)


def events(*lines: bytes, options: ParserOptions | None = None) -> list[Event]:
    """Events in the order of their first lines."""
    return sorted(events_of([b"".join(lines)], options), key=lambda event: int(event["source"]["first_offset"]))


class TestPartsOfALine:
    """The runtime cuts long lines; the parts are joined as bytes, per stream."""

    def test_three_parts(self) -> None:
        (event,) = events(cri(b"P", HEAD + b"one "), cri(b"P", b"two "), cri(b"F", b"three"))
        assert event["body"] == "one two three"
        assert event["source"]["first_line"] == 1
        assert event["source"]["last_offset"] == len(cri(b"P", HEAD + b"one ") + cri(b"P", b"two ") + cri(b"F", b"three"))

    def test_a_character_cut_in_two(self) -> None:
        text = HEAD + "Größe 🐙".encode()
        for at in range(len(HEAD), len(text)):
            (event,) = events(cri(b"P", text[:at]), cri(b"F", text[at:]))
            assert event["body"] == "Größe 🐙"
            assert "quality" not in event

    def test_the_other_stream_writes_in_between(self) -> None:
        first, second = events(
            cri(b"P", HEAD + b"cut "),
            cri(b"P", HEAD + b"error ", b"stderr"),
            cri(b"F", b"in two"),
            cri(b"F", b"too", b"stderr"),
        )
        assert [first["body"], second["body"]] == ["cut in two", "error too"]
        assert [first["attributes"]["log.iostream"], second["attributes"]["log.iostream"]] == ["stdout", "stderr"]

    def test_the_time_is_that_of_the_first_part(self) -> None:
        (event,) = events(cri(b"P", b"no time of ", second=1), cri(b"F", b"its own", second=9))
        assert event["timestamp"] == "2026-11-23T03:33:01.808123456Z"

    def test_an_empty_last_part(self) -> None:
        (event,) = events(cri(b"P", HEAD + b"whole"), cri(b"F", b""))
        assert event["body"] == "whole"

    def test_a_lone_part_at_the_end(self) -> None:
        (event,) = events(cri(b"P", HEAD + b"the container died in the mid"))
        assert event["body"] == "the container died in the mid"
        assert event["quality"] == ["partial_unclosed"]

    def test_parts_of_docker(self) -> None:
        (event,) = events(docker(HEAD + b"one "), docker(b"err\\n", b"stderr"), docker(b"two\\n"))[:1]
        assert event["body"] == "one two"

    def test_a_lone_part_of_docker_ends_where_it_ends(self) -> None:
        data = docker(HEAD + b"one ") + docker(b"two")
        (event,) = events(data)
        assert event["source"]["last_offset"] == len(data)

    def test_tags_of_cri(self) -> None:
        (event,) = events(cri(b"F:more", HEAD + b"tagged"), cri(b"F", b"plain"))
        assert event["body"] == "tagged\nplain"

    def test_crio_keeps_the_carriage_return_of_a_terminal(self) -> None:
        (event,) = events(cri(b"F", HEAD + b"one\r"), cri(b"F", b"two\r"))
        assert event["body"] == "one\ntwo"

    def test_parts_without_end_are_given_out_in_pieces(self) -> None:
        parts = [cri(b"P", b"x" * 1000) for _ in range(10)]
        found = events(*parts, options=ParserOptions(limits=Limits(line_bytes=4000)))
        assert {event["body"] for event in found} <= {"x" * 4000, "x" * 3000, "x" * 2000}
        assert sum(len(event["body"]) for event in found) == 10_000
        assert all("size_limit" in event["quality"] for event in found[:-1])


class TestPosition:
    """Nothing of a line that has not come to its end may be skipped."""

    def test_a_part_holds_the_position(self) -> None:
        parser = Parser()
        parser.feed(cri(b"F", b"{}") + cri(b"P", b"part"), NOW)
        parser.expire(NOW + 60)
        assert parser.position == (len(cri(b"F", b"{}")), 2)

    def test_the_earliest_of_all_streams(self) -> None:
        parser = Parser()
        parser.feed(cri(b"F", HEAD + b"one") + cri(b"P", b"err", b"stderr") + cri(b"F", HEAD + b"two"), NOW)
        assert parser.position[1] == 2


class TestRaw:
    """The original text is that inside of the wrapper, as far as the bytes go."""

    def test_of_a_wrapped_line(self) -> None:
        (event,) = events(cri(b"F", HEAD + b"x"), cri(b"F", b"y"), options=RAW)
        assert event["attributes"]["log.record.original"] == (HEAD + b"x\ny\n").decode()

    def test_ansi_is_part_of_it(self) -> None:
        (event,) = events(HEAD + b"\x1b[31mred\x1b[0m\r\n", options=RAW)
        assert event["body"] == "red"
        assert event["attributes"]["log.record.original"] == HEAD.decode() + "\x1b[31mred\x1b[0m\r\n"
        assert event["quality"] == ["ansi_stripped"]


class TestStreamsAreBounded:
    """When there are too many streams or open parts, the oldest makes room; nothing is lost."""

    LIMITS = ParserOptions(limits=Limits(streams=3, partial_lines=2))

    def test_streams(self) -> None:
        lines = [b"[pod/nova-%d/api] %bhello %d\n" % (number, HEAD, number) for number in range(50)]
        parser = Parser(self.LIMITS)
        found = parser.feed(b"".join(lines), NOW)
        assert len(found) == 47
        assert [event["body"] for event in (*found, *parser.close())] == [f"hello {number}" for number in range(50)]

    def test_a_stream_that_comes_again_is_known_again(self) -> None:
        pods = [0, 1, 2, 3, 4, 0]
        found = events(*(b"[pod/nova-%d/api] %bx\n" % (pod, HEAD) for pod in pods), options=self.LIMITS)
        assert [event["resource"]["k8s.pod.name"] for event in found] == [f"nova-{pod}" for pod in pods]

    def test_open_parts(self) -> None:
        lines = [docker(b"part of %d" % number, b"s%d" % number) for number in range(20)]
        parser = Parser(self.LIMITS)
        early = parser.feed(b"".join(lines), NOW)
        assert len(early) >= 15
        found = [*early, *parser.close()]
        assert sorted(event["body"] for event in found) == sorted(f"part of {number}" for number in range(20))
        assert all("partial_unclosed" in event["quality"] for event in found)


class TestWrappersInWrappers:
    """One wrapper may stand inside of another; of each stream what is inside is learned anew."""

    def test_apache_in_containerd(self) -> None:
        (event,) = events(cri(b"F", b"2026-11-23 03:33:01.810123 " + HEAD + b"x"), cri(b"F", b"2026-11-23 03:33:01.810125 y"))
        assert event["body"] == "x\ny"

    def test_syslog_in_containerd(self) -> None:
        (event,) = events(cri(b"F", b"Nov 23 03:33:02 cmp-01 nova-compute[7238]: " + HEAD + b"x#012y"))
        assert event["body"] == "x\ny"
        assert event["resource"] == {"host.name": "cmp-01", "service.name": "nova"}
        assert event["attributes"].items() >= {"log.iostream": "stdout", "syslog.program": "nova-compute"}.items()

    def test_the_same_wrapper_is_taken_off_once(self) -> None:
        (event,) = events(cri(b"F", cri(b"F", b"deep").strip()))
        assert event["body"] == cri(b"F", b"deep").decode().strip()

    def test_fifty_deep(self) -> None:
        prefix = b"[pod/a/b] 2026-11-23T03:33:01.808123456Z nova-0 nova Nov 23 03:33:02 h p[1]: "
        (event,) = events(prefix * 50 + b"deep")
        assert event["body"].endswith("deep")
