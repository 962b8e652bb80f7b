"""Every shape of record that oslo.log is known to print, as real calls of a real logger.

Each shape logs one or more records; what is right for them is not written here, the truth handler takes it down.
"""

import logging
import sys
import warnings
from collections.abc import Callable
from typing import Any

from oslo_context import context as oslo_context
from oslo_log import log

from tests.differential import faults

REQUEST = "req-5f1c1b2e-0000-4000-8000-000000000001"
GLOBAL = "req-5f1c1b2e-0000-4000-8000-0000000000ff"
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

LOG = log.getLogger("nova.compute.manager")


class Instance(dict[str, Any]):
    """What nova hands to `instance=`: read by key."""


def request(**values: Any) -> oslo_context.RequestContext:
    """A context as an API service makes it, left as the thread's own one."""
    return oslo_context.RequestContext(request_id=REQUEST, overwrite=True, **values)


def logs(level: int, message: str, *args: object, **keywords: Any) -> Callable[[], None]:
    return lambda: LOG.log(level, message, *args, **keywords)


def in_context(shape: Callable[[], None], **values: Any) -> Callable[[], None]:
    def run() -> None:
        request(**values)
        shape()

    return run


def raising(raiser: Callable[[], None], level: int = logging.ERROR, **keywords: Any) -> Callable[[], None]:
    """Logs what `raiser` raises: with `exc_info=True` unless `keywords` say otherwise."""

    def run() -> None:
        try:
            raiser()
        except Exception:  # noqa: BLE001  that is what services do
            LOG.log(level, "Failed to do %s", "it", **({"exc_info": True} | keywords))

    return run


def with_stack() -> None:
    LOG.logger.warning("with stack", stack_info=True)
    LOG.logger.warning("line one\nline two\n", stack_info=True)


def stack_and_traceback() -> None:
    try:
        faults.context()
    except RuntimeError:
        LOG.logger.exception("both", stack_info=True)


def captured_warnings() -> None:
    warnings.simplefilter("always")
    warnings.warn("old thing", DeprecationWarning, stacklevel=1)
    warnings.warn("SELECT\n  of two lines", UserWarning, stacklevel=1)


def unhandled() -> None:
    try:
        faults.boom()
    except KeyError:
        sys.excepthook(*sys.exc_info())


def same_key() -> None:
    """Records of one logger in one millisecond: the keyed prefix cannot tell them apart, their heads can."""
    for number in range(12):
        LOG.info("number %d", number)
        raising(faults.boom)()


def other_loggers() -> None:
    log.getLogger("oslo_messaging.rpc.server").info("renamed by oslo.log to oslo.messaging")
    logging.getLogger("oslo_messaging._drivers.amqpdriver").info("not renamed")
    logging.getLogger("root").error("the logger named root")
    log.getLogger("nova").log(logging.ERROR, "no dot in the name")


def bad_arguments() -> None:
    """This record vanishes from both forms; stderr gets `--- Logging error ---`."""
    LOG.info("a %d b", "x")
    LOG.info("the one after it")


def raising_empty() -> None:
    try:
        faults.boom()
    except KeyError:
        LOG.exception("")


def every_level() -> None:
    for level in (log.TRACE, 10, 20, 30, 40, 50):
        LOG.log(level, "at %d", level)


SHAPES: dict[str, Callable[[], None]] = {
    "no context": logs(logging.INFO, "hello"),
    "context with everything": in_context(
        logs(logging.INFO, "with context"),
        user_id="u1",
        project_id="p1",
        domain_id="d1",
        user_domain_id="ud1",
        project_domain_id="pd1",
        system_scope="all",
        global_request_id=GLOBAL,
    ),
    "context with nothing but a request": in_context(logs(logging.WARNING, "bare context")),
    "context with a user": in_context(logs(logging.INFO, "a user"), user_id="0123456789abcdef0123456789abcdef", project_id="p"),
    "context of a resource": in_context(logs(logging.INFO, "Attaching"), resource_uuid=UUID),
    "a traceback in a full context": in_context(raising(faults.cause), user_id="u1", global_request_id=GLOBAL),
    "every level": every_level,
    "instance uuid": logs(logging.INFO, "Deleting", instance_uuid=UUID),
    "instance as dict": logs(logging.INFO, "Deleting", instance={"uuid": UUID}),
    "instance as object": logs(logging.INFO, "Deleting", instance=Instance(uuid=UUID, host="cmp-01")),
    "instance in a context": in_context(logs(logging.INFO, "Deleting", instance={"uuid": UUID}), user_id="u1"),
    "instance and traceback": in_context(raising(faults.context, instance={"uuid": UUID}), user_id="u1"),
    "resource by type": logs(logging.INFO, "Volume", resource={"type": "volume", "id": UUID}),
    "resource by name": logs(logging.INFO, "Volume", resource={"name": f"volume-{UUID}"}),
    "resource and traceback": raising(faults.boom, resource={"name": "port-1"}),
    "multi-line with blanks": logs(logging.INFO, "line one\nline two\n\n  line four after blank\n\n"),
    "message ends in newline": logs(logging.ERROR, "ends in newline\n"),
    "message starts with newline": logs(logging.INFO, "\nsecond line first"),
    "message of one newline": logs(logging.INFO, "\n"),
    "empty message": logs(logging.INFO, ""),
    "blanks only": logs(logging.INFO, "   "),
    "indented message": logs(logging.INFO, "   indented"),
    "empty message and traceback": raising_empty,
    "implicit summary": raising(faults.context, exc_info=None),
    "implicit summary of a builtin": raising(faults.boom, exc_info=None),
    "implicit summary, debug": raising(faults.context, logging.DEBUG, exc_info=None),
    "warning with traceback": raising(faults.context, logging.WARNING),
    "critical with traceback": raising(faults.cause, logging.CRITICAL),
    "info with traceback": raising(faults.context, logging.INFO),
    "debug with traceback": raising(faults.boom, logging.DEBUG),
    "debug, two lines": logs(logging.DEBUG, "first\nsecond"),
    "debug ends in newline": logs(logging.DEBUG, "ends\n"),
    "never raised": logs(logging.ERROR, "m", exc_info=RuntimeError("x\ny")),
    "exc_info outside of except": logs(logging.ERROR, "no active", exc_info=True),
    "unhandled": unhandled,
    "stack_info": with_stack,
    "stack_info and traceback": stack_and_traceback,
    "py.warnings": captured_warnings,
    "other loggers": other_loggers,
    "same key": same_key,
    "bad arguments": bad_arguments,
    "percent": logs(logging.INFO, "100% done %s %(asctime)s %%"),
    "bracket: instance": logs(logging.INFO, "[instance: not really] text"),
    "bracket: request": logs(logging.INFO, "[req-1 x] fake"),
    "bracket: dash": logs(logging.ERROR, "[-] fake"),
    "bracket: list of a traceback": logs(logging.ERROR, "['Traceback (most recent call last):\\n', '  File \"x\"']"),
    "bracket: foo": logs(logging.INFO, "[foo] bar"),
    "message is a traceback": logs(logging.ERROR, 'worker died:\nTraceback (most recent call last):\n  File "/x.py", line 1'),
    "message says Traceback": logs(logging.INFO, "Traceback (most recent call last): is only a word here"),
    "colon at the end": logs(logging.ERROR, "Failed: KeyError: 'boom'"),
    "unicode": logs(logging.INFO, "café 日本語 🐙 \u2028 line separator \x85 nel \x0b \x0c end"),
    "nul": logs(logging.INFO, "before \x00 after"),
    "carriage return": logs(logging.INFO, "first \r\nsecond\r\n"),
    "ansi": logs(logging.INFO, "\x1b[31mred\x1b[0m and \x1b[1;32mgreen\x1b[0m"),
    "tabs": logs(logging.INFO, "a\tb\t"),
    "http request": logs(logging.INFO, '10.8.120.199 "GET /v2.1/servers HTTP/1.1" status: 200 len: 1849 time: 0.2477829'),
    "child exit": logs(logging.INFO, "Child 3067 exited with status 0"),
} | {f"fault: {name}": in_context(raising(raiser), user_id="u1") for name, raiser in faults.RAISERS.items()}


LARGE: dict[str, Callable[[], None]] = {
    "a 20 KB line": logs(logging.INFO, "x" * 20_000 + " end"),
    "a 20 KB exception": raising(faults.long_line),
    "a 300-frame traceback": raising(lambda: faults.recursion(300)),
    "400 lines": logs(logging.INFO, "\n".join(f"line {number}" for number in range(400))),
}
"""Above PIPE_BUF (4,096 bytes) a pipe tears records of several workers apart, so these are logged by one worker only."""

FORGERIES: dict[str, Callable[[], None]] = {"forged head in an exception": in_context(raising(faults.forged), user_id="u1")}
