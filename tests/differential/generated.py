"""Records that hypothesis makes up, formatted by oslo.log's own formatters in this process: no handler, no global state."""

import logging
import re
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from oslo_context import context as oslo_context
from oslo_log import _options, formatters, log

from tests.differential import faults
from tests.differential.truths import TruthFormatter

CONF = SimpleNamespace(**{option.dest: option.default for option in _options.log_opts})
PIDS = (7, 52, 32594, 4194303)
LOGGERS = (
    "nova",
    "nova.compute.manager",
    "oslo_messaging._drivers.amqpdriver",
    "oslo.service",
    "py.warnings",
    "root",
    "a_b.c1",
)
LEVELS = (log.TRACE, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
TIMES = (1795404781.807, 1795404781.808, 1795404782.0, 1795404799.999)
PIECES = (
    *(
        "[-] ",
        "[instance: x] ",
        "[req-1 x] ",
        "['Traceback",
        "Traceback (most recent call last):",
        "During handling",
        "2026-11-23",
    ),
    *('  File "/x.py", line 1, in f', "ERROR nova", "KeyError: 'boom'", "100% %s", "café 🐙", "\u2028", "\x00", "\t", "a"),
    *(": ", "\n", "\n\n", " "),
)
"""What the messages are made of: mostly what has misled one parser or another."""


def formatter() -> TruthFormatter:
    """The formatters as a service has them, in UTC whatever zone this machine is in."""
    text = formatters.ContextFormatter(config=CONF, datefmt="%Y-%m-%d %H:%M:%S")
    truth = TruthFormatter(text, ["generated"])
    text.converter = truth.converter = time.gmtime
    return truth


WORDS = st.sampled_from([None, "u1", "0123456789abcdef0123456789abcdef", "default", UUID])
REQUESTS = st.sampled_from(
    [f"req-{UUID}", "req-5f1c1b2e-0000-4000-8000-000000000001", "req-0b5e4b3a-9c1d-4f7e-8a2b-1c3d5e7f9a0b"]
)
CONTEXTS = st.none() | st.builds(
    oslo_context.RequestContext,
    overwrite=st.just(value=False),
    request_id=REQUESTS,
    global_request_id=st.none() | REQUESTS,
    user_id=WORDS,
    project_id=WORDS,
    domain_id=WORDS,
    user_domain_id=WORDS,
    project_domain_id=WORDS,
    system_scope=st.sampled_from([None, "all"]),
    resource_uuid=st.sampled_from([None, UUID]),
)
EXTRAS: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {}, {"instance": {"uuid": UUID}}, {"instance_uuid": UUID}])


LOOKS_LIKE_A_HEAD = re.compile(r"(?m)^(?:[A-Z]+ \S+ +(?:\[|File |Traceback)|\[-\])")
"""What the text form cannot tell, or not without doubt: `ERROR nova [-] ...` inside of a message is a whole record of devstack,
which prints no time; `[-] ...` inside of an exception's message is a head once the prefix stands before it."""


def printable(text: str) -> str:
    r"""Lone surrogates cannot be written in UTF-8, and the parsers take ANSI sequences and the `\r` of a line's end off."""
    return text.encode("utf-8", "replace").decode().replace("\x1b", "").replace("\r", "")


def one_head(text: str) -> bool:
    """Whether no line but the first looks like the head of a record."""
    return not LOOKS_LIKE_A_HEAD.search(text.partition("\n")[2])


MESSAGES = (st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=60)).map(printable).filter(one_head)


def raised(raiser: Callable[[], None]) -> Any:
    """The exc_info of what `raiser` raises."""
    try:
        raiser()
    except Exception:  # noqa: BLE001
        return sys.exc_info()
    return None


def fail(message: str) -> None:
    raise faults.LostError(message)


EXC_INFOS = (
    st.none()
    | st.sampled_from(list(faults.RAISERS.values())).map(raised)
    | MESSAGES.map(lambda message: raised(lambda: fail(message)))
)


def record(
    pid: int, where: tuple[str, int, float], message: str, exc_info: Any, extra: dict[str, Any], context: Any
) -> logging.LogRecord:
    """One record as a logger would have made it."""
    name, level, created = where
    made = logging.LogRecord(name, level, "/opt/nova/manager.py", 12, message, (), exc_info, "run")
    made.created = created
    made.msecs = int(created * 1000) % 1000 + 0.0
    made.process = pid
    made.__dict__.update(extra, extra=dict(extra), context=context)
    return made


def records(pids: tuple[int, ...] = PIDS) -> st.SearchStrategy[logging.LogRecord]:
    """Records of these processes."""
    where = st.tuples(st.sampled_from(LOGGERS), st.sampled_from(LEVELS), st.sampled_from(TIMES))
    return st.builds(record, st.sampled_from(pids), where, MESSAGES, EXC_INFOS, EXTRAS, CONTEXTS)
