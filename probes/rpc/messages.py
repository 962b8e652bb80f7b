"""The messages of an RPC call of oslo.messaging, out and back. Pure.

The envelope has been version 2.0 since 2013, so that any service answers: `oslo_messaging/_drivers/common.py`
(serialize_msg), `amqpdriver.py` (_send, _send_reply) and `amqp.py` (pack_context). A failure comes back as data.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """What is called. `namespace` and `version` as the service's endpoint has them; None is left out."""

    method: str
    namespace: str | None = None
    version: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for the call `id`. `failure`: the class of the exception, empty when there was none."""

    id: str
    result: Any = None
    failure: str = ""
    message: str = ""


def encoded(call: Call, identity: str, reply_queue: str) -> bytes:
    """The body of the message. No key of the context is needed; `_timeout` is left empty, as it would ask for heartbeats."""
    message: dict[str, Any] = {
        "method": call.method,
        "args": dict(call.arguments),
        "_msg_id": identity,
        "_reply_q": reply_queue,
        "_timeout": None,
        "_unique_id": identity,
    }
    if call.namespace is not None:
        message["namespace"] = call.namespace
    if call.version is not None:
        message["version"] = call.version
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(message)}).encode()


def decoded(body: bytes | str) -> Reply | None:
    """A reply; None for what is none, as anybody in the virtual host may write into our queue."""
    try:
        message = json.loads(json.loads(body)["oslo.message"])
        identity, failure = message["_msg_id"], message.get("failure")
        about = json.loads(failure) if failure else {}
        kind, text = str(about.get("class") or ("unknown" if failure else "")), str(about.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Reply(identity, message.get("result"), kind, text) if isinstance(identity, str) else None
