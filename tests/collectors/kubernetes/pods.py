"""Helpers of the tests about the API source: a pod whose containers log, and a source with all that it gave."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clients.kubernetes_access import ApiAccess
from collectors.kubernetes.settings import KubernetesInput
from collectors.kubernetes.source import KubernetesSource
from collectors.model import Chunk, Position
from tests.servers.kube_api import DATA, KubeApi
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collectors.problems import Problem

START = 1_764_195_300


def pod(file: str = "nova-compute", /, **changes: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{file}.json").read_text())
    found["metadata"] |= changes
    return found


def lines(first: int, last: int, of: str = "nova", second: int = 0) -> list[bytes]:
    """Several in each second, some at the same time."""
    return [
        b"2026-11-26T22:%02d:%02d.%09dZ line %d of %b"
        % (15 + (second + number // 7) // 60, (second + number // 7) % 60, number % 7 // 2 * 1000, number, of.encode())
        for number in range(first, last + 1)
    ]


class Seen:
    """A source of this API, in a thread's stead; `given`: the text of each stream, whose offsets were looked at."""

    def __init__(self, api: KubeApi, folder: Path, positions: Mapping[str, Position] | None = None, **settings: Any) -> None:
        self.problems: list[Problem] = []
        self.chunks: list[Chunk] = []
        self.remembered: dict[str, Position] = dict(positions or {})
        self.ends: dict[str, Position] = {}
        wanted = KubernetesInput(selector="application=nova", access=ApiAccess(kubeconfig=api.kubeconfig(folder)))
        self.source = KubernetesSource(
            replace(wanted, **settings),
            self.problems.append,
            positions=positions,
            remember=self.remembered.update,
            first=0.02,
        )

    def poll(self) -> None:
        for chunk in self.source.poll():
            known = self.ends.get(chunk.identity)
            assert known is None or known.offset == chunk.offset
            self.chunks.append(chunk)
            line = chunk.line + chunk.data.count(b"\n")
            self.ends[chunk.identity] = Position(chunk.offset + len(chunk.data), line, chunk.path)

    def lines(self) -> list[bytes]:
        return [line for chunk in self.chunks for line in chunk.data.splitlines()]

    def until(self, expected: list[bytes]) -> None:
        """Until all these lines came, each once, and no other."""

        def have() -> bool:
            self.poll()
            return len(self.lines()) >= len(expected)

        wait_until(have, f"{len(expected)} lines, of which {len(self.lines())} came")
        assert Counter(self.lines()) == Counter(expected)

    def told(self, text: str) -> bool:
        self.poll()
        return any(text in str(problem) for problem in self.problems)

    def ended(self) -> int:
        self.poll()
        return sum(chunk.ended for chunk in self.chunks)
