"""Feeds the parsers what libFuzzer makes up, and asserts their contract; `make fuzz` runs it, the test run does not.

    python -m tests.fuzz.fuzz_parser [libFuzzer's options] CORPUS...

It needs atheris, which is no dependency of the project. The first two bytes of an input say how it is cut into pieces, so that
the fuzzer finds cuts as it finds bytes. What it finds becomes a case in tests/data/fuzz, without these two bytes.
"""

import sys
from importlib import import_module

atheris = import_module("atheris")
with atheris.instrument_imports(include=["parsers"]):
    from tests.parsers import contract


def check(data: bytes) -> None:
    """One input: nothing raises, and every sentence of the contract holds."""
    step, rest = int.from_bytes(data[:2], "little"), data[2:]
    cuts = range(step % 251 + 1, len(rest), step % 251 + 1) if step else ()
    contract.any_chunking_gives_the_same_events(rest, cuts)
    contract.json_is_the_event(rest, cuts)
    contract.the_swift_way_is_the_slow_way(rest)
    contract.records_are_in_order_and_whole(rest)
    contract.every_byte_is_in_an_event(rest)
    contract.going_on_loses_nothing(rest, step % (len(rest) + 1))
    contract.silence_loses_nothing(rest, cuts)


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
