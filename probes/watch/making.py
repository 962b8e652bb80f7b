"""A check out of a row of the table of checks: its module is imported when the first one of it is made."""

from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from probes.model import Check, Context, Use
from probes.table import CHECKS, Row
from probes.watch.model import Task


def module_of(check: str, rows: Iterable[Row] = CHECKS) -> ModuleType:
    """The module of a check that is in the table."""
    return import_module(next(row.module for row in rows if row.name == check))


def task_of(use: Use, settings: Any, context: Context, rows: Iterable[Row] = CHECKS) -> Task:
    """The task of a use; `settings` is an instance of its module's `Settings`."""
    module = module_of(use.check, rows)
    make: Callable[[Any, Context], Check] = module.make
    return Task(use, lambda: make(settings, context))
