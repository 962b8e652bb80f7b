"""What every OVS and OVN daemon prints: `coverage/show` and `memory/show`. Text in, figures out; unknown lines are ignored."""

import re
from collections.abc import Iterable, Mapping

_COVERAGE = re.compile(r"^(\w+) .*\btotal: (\d{1,20})$", re.MULTILINE)
_KINDS = 64
"""Most kinds of `memory/show` that are kept: OVS and OVN have some thirty."""


def coverage(text: str, wanted: Iterable[str]) -> dict[str, int]:
    """The totals of the `wanted` events. An event that never happened is not printed, so what is not there is 0.

    The columns before the total are averages over 5 s, a minute and an hour; a counter gives any of them.

        rev_flow_table             0.0/sec     0.050/sec        0.0008/sec   total: 3
    """
    totals = {name: int(total) for name, total in _COVERAGE.findall(text)}
    return {name: totals.get(name, 0) for name in wanted}


def memory(text: str) -> dict[str, int]:
    """Numbers of objects held, by kind (of up to three words).

    handlers:1 idl-cells-Open_vSwitch:691 ports:10 revalidators:1 rules:16 udpif keys:8
    """
    found: dict[str, int] = {}
    words: list[str] = []
    for word in text.split():
        kind, _, number = word.rpartition(":")
        if not (kind and number.isascii() and number.isdigit() and len(number) <= 20):
            words = [*words[-1:], word]
            continue
        found[" ".join([*words, kind])] = int(number)
        words = []
        if len(found) == _KINDS:
            break
    return found


def integer(found: Mapping[str, str], key: str) -> int | None:
    """The number that begins a value (`123 (99.7%)`), None where there is none."""
    matched = re.match(r"\d{1,20}(?!\d)", found.get(key, ""))
    return int(matched.group()) if matched else None


def keyed(lines: Iterable[str]) -> dict[str, str]:
    """Lines `key: value`, the first of each key; others are ignored."""
    found: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.strip(), value.strip())
    return found


def blocks(lines: Iterable[str], head: re.Pattern[str]) -> list[tuple[re.Match[str], list[str]]]:
    """Lines cut at those that fit `head`: each with the lines below it. Lines above the first are left out."""
    cut: list[tuple[re.Match[str], list[str]]] = []
    for line in lines:
        if matched := head.match(line):
            cut.append((matched, []))
        elif cut:
            cut[-1][1].append(line)
    return cut
