"""Problems told once, not in every sweep, and those that pass by themselves not at all."""

from collections.abc import Collection
from dataclasses import replace

from collectors.problems import Problem, Report

BOUND = 10_000
"""Paths remembered about which something was told; the oldest are forgotten, and would be told of again."""

_MISSING = {"does not exist", "no file matches", "is a symbolic link to something that does not exist"}


class Telling:
    """`named`: the paths that the operator wrote. Others may vanish between two sweeps; that is how rotation looks."""

    def __init__(self, report: Report, named: Collection[str], patience: int) -> None:
        """`patience`: sweeps after which a file that was found and cannot be opened is more than one that just vanished."""
        self._report = report
        self._named = set(named)
        self._patience = patience
        self._told: dict[str, str] = {}
        self._missing: dict[str, int] = {}

    def tell(self, problem: Problem, sweep: int) -> None:
        """Something is wrong with an input in this sweep. What does not exist may yet come."""
        missing = problem.what in _MISSING or problem.what.startswith("holds no log file")
        if missing and problem.path not in self._named:
            since = self._missing.setdefault(problem.path, sweep)
            self._bound(self._missing)
            if sweep - since <= self._patience:
                return
        if self._told.get(problem.path) == problem.what:
            return
        self._told[problem.path] = problem.what
        self._bound(self._told)
        waited = missing and problem.path in self._named
        self._report(replace(problem, advice="waiting for it", lasting=False) if waited else problem)

    def fine(self, path: str) -> None:
        """It can be read: what comes next is news."""
        self._told.pop(path, None)
        self._missing.pop(path, None)

    @staticmethod
    def _bound(kept: dict[str, str] | dict[str, int]) -> None:
        while len(kept) > BOUND:
            del kept[next(iter(kept))]
