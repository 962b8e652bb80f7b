r"""Tracebacks of other processes, which come as text in the message of an exception.

oslo.messaging has two ways. An exception that the client may not rebuild comes as a Python list:

    oslo_messaging.rpc.client.RemoteError: Remote error: InternalError (pymysql.err.InternalError) (1047, 'WSREP ...')
    ['Traceback (most recent call last):\n', '  File "/usr/lib/python3/dist-packages/... .\n'].

One that it may rebuild comes as text, each item of that list followed by a newline of its own:

    nova.exception_Remote.InstanceNotFound_Remote: Instance 7 could not be found.
    Traceback (most recent call last):

      File "/usr/lib/python3/dist-packages/nova/conductor/manager.py", line 142, in _object_dispatch
        return getattr(target, method)(*args, **kwargs)

nova's scheduler puts the list (in Python 2 of `u''` texts) in the middle of a sentence.
"""

import re
from dataclasses import dataclass, replace

_HEADER = "Traceback (most recent call last):"
# A list is one line, as repr() escapes newlines; its last text may be cut anywhere.
_TEXT = r"""u?(?:'[^'\\\n]*+(?>(?:\\.[^'\\\n]*+)*)(?:'|\\?$)|"[^"\\\n]*+(?>(?:\\.[^"\\\n]*+)*)(?:"|\\?$))"""
_LIST = re.compile(rf"""\[(?=u?['"]Traceback \(most recent call last\):\\n){_TEXT}(?>(?:, {_TEXT})*)""", re.MULTILINE)
_ITEM = re.compile(_TEXT, re.MULTILINE)
_PLAIN = re.compile(r'^Traceback \(most recent call last\):\n(?=(\n?)  File ")', re.MULTILINE)
_REMOTE_ERROR = re.compile(r"Remote error: (?!None\b)([\w.]+)(?: ((?s:.*))|(?=\n)|\Z)")
_ESCAPE = re.compile(r"""\\(?:([nrt\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4}))""")
_SHORT = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a message says of a remote exception: its traceback, as CPython printed it, and its type and message.

    `text` is None where no traceback came, `type` and `message` are where the message does not name them. `spaced` tells
    that each item of the traceback has an additional newline, `cut` that its end is missing.
    """

    text: str | None
    spaced: bool
    cut: bool
    type: str | None = None
    message: str | None = None


_NOTHING = Carried(None, spaced=False, cut=True)


def carried(message: str) -> Carried | None:
    """The remote exception that an exception's message carries, None if none."""
    start, found = _traceback(message) if _HEADER in message else (len(message), _NOTHING)
    named = _REMOTE_ERROR.match(message, 0, start) if message.startswith("Remote error: ") else None
    if named is not None:
        return replace(found, type=named[1], message=(named[2] or "").rstrip("\n"))
    return None if found is _NOTHING else found


def unescaped(text: str) -> str:
    r"""The text that `repr` printed as `text` (without its quotes): `\n`, `\'`, `\xe9` and the like resolved."""
    if "\\\\" not in text:
        text = text.replace("\\n", "\n")  # nearly always the only one
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    short: str | None = found[1]
    return _SHORT.get(short, short) if short else chr(int(found[2] or found[3] or found[4], 16))


def _traceback(message: str) -> tuple[int, Carried]:
    """Where the traceback in `message` begins, and the traceback.

    Of several lists the last one is the carrier's own: the others stand in the value of a `RemoteError` that was itself
    raised by a remote one.
    """
    lists = list(_LIST.finditer(message))
    if lists:
        text = "".join(_unquoted(item) for item in _ITEM.findall(lists[-1][0]))
        return lists[-1].start(), Carried(text, spaced=False, cut=not message.startswith("]", lists[-1].end()))
    plain = _PLAIN.search(message)
    if plain:
        # multiprocessing and concurrent.futures put the text into three quotes.
        text = message[plain.start() :].removesuffix('\n"""')
        return plain.start(), Carried(text, spaced=bool(plain[1]), cut=False)
    return len(message), _NOTHING


def _unquoted(item: str) -> str:
    item = item.removeprefix("u")
    return unescaped(item[1:-1] if item[-1] == item[0] and len(item) > 1 else item[1:])
