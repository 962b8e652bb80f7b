"""A check out of a row of the table of checks: its module is imported when the first one of it is made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any

from clients.model import Deadline
from probes.model import Check, Context, Evidence, Proof, Use
from probes.table import CHECKS, Row
from probes.watch.model import Task


def module_of(check: str, rows: Iterable[Row] = CHECKS) -> ModuleType:
    """The module of a check that is in the table."""
    return import_module(next(row.module for row in rows if row.name == check))


def task_of(use: Use, settings: Any, context: Context, rows: Iterable[Row] = CHECKS) -> Task:
    """The task of a use; `settings` is an instance of its module's `Settings`."""
    make: Callable[[Any, Context], Check] = module_of(use.check, rows).make
    if use.proof is Proof.STOPPED:  # the check that sees the main process
        return Task(use, lambda: _WithMain(make(settings, context), context))
    return Task(use, lambda: make(settings, context))


class _WithMain:
    """Adds to what a check says of the whole which main process that is: with another one the judge begins anew."""

    def __init__(self, check: Check, context: Context) -> None:
        self._check = check
        self._context = context

    def look(self, deadline: Deadline) -> Iterator[Evidence]:
        """As the check."""
        main = next(iter(self._context.processes()), None)
        for one in self._check.look(deadline):
            if main is None or one.about or "main_pid" in one.figures:
                yield one
            else:
                yield replace(one, figures={**one.figures, "main_pid": main.pid, "main_started": main.started})

    def close(self) -> None:
        """As the check."""
        self._check.close()
