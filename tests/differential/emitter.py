"""The program that logs: real oslo.log, forked workers, one pipe for their text, one file of truth for each.

    python -m tests.differential.emitter DIRECTORY WORKERS ROUNDS GROUP...

It runs as a process of its own because oslo.log sets up the process's logging. DIRECTORY gets `text.log`, what came
through the pipe, and `truth.<n>.jsonl`, what each worker knew.
"""

import logging
import os
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from oslo_config import cfg
from oslo_context import context as oslo_context
from oslo_log import log

from tests.differential import shapes
from tests.differential.truths import TruthFormatter

PIPE_BUF = 4096
"""What Linux writes to a pipe in one piece: of several writers, only smaller records come through whole."""

GROUPS: dict[str, dict[str, Callable[[], None]]] = {
    "shapes": shapes.SHAPES,
    "large": shapes.LARGE,
    "forgeries": shapes.FORGERIES,
}


def main(directory: Path, workers: int, rounds: int, groups: list[str]) -> int:
    table = {name: shape for group in groups for name, shape in GROUPS[group].items()}
    read_end, write_end = os.pipe()
    most = PIPE_BUF if workers > 1 else sys.maxsize
    children = [_fork(write_end, directory / f"truth.{n}.jsonl", _names(table, rounds, n), table, most) for n in range(workers)]
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe, (directory / "text.log").open("wb") as text:
        while chunk := pipe.read1(65_536):
            text.write(chunk)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


def _names(table: dict[str, Callable[[], None]], rounds: int, number: int) -> list[str]:
    """The shapes in their order; with several rounds in another order for each worker."""
    names = list(table) * rounds
    if rounds > 1:
        random.Random(number).shuffle(names)
    return names


def _fork(write_end: int, truth: Path, names: list[str], table: dict[str, Callable[[], None]], most: int) -> int:
    if child := os.fork():
        return child
    try:
        os.dup2(write_end, 1)
        _set_up(truth, current := [""], most)
        for name in names:
            current[0] = name
            oslo_context._request_store.context = None
            table[name]()
        logging.shutdown()
    except BaseException:  # noqa: BLE001  a forked child must not run on in its parent's frames
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _set_up(truth: Path, current: list[str], most: int) -> None:
    """oslo.log as a service sets it up, default options, text to stdout, and the truth beside it.

    Records of `most` bytes and more are left out of both.
    """
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    conf(["--debug"], project="nova", default_config_files=[], default_config_dirs=[])
    log.setup(conf, "nova")
    root = logging.getLogger()
    beside = logging.FileHandler(truth)
    text = root.handlers[0].formatter
    assert text is not None
    beside.setFormatter(TruthFormatter(text, current))
    root.addHandler(beside)
    for handler in root.handlers:
        handler.addFilter(lambda record: _size(text, record) < most)
    root.setLevel(1)
    logging.captureWarnings(True)


def _size(formatter: logging.Formatter, record: logging.LogRecord) -> int:
    try:
        return len(formatter.format(record).encode()) + 1
    except TypeError:
        return 0  # wrong arguments: the handler fails at them as well, and says so


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
