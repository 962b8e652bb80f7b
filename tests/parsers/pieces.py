"""Lines that logs are made of, and what has misled one parser or another, to be put together at random.

A line is a template: `{time}`, `{pid}`, `{logger}` and `{level}` are filled in from a few values, so that records of some
writers meet again and again, with equal keys too. Lines of `RUNS` come in their order, as one record does.
"""

from hypothesis import strategies as st

TIMES = (
    "2026-11-23 03:33:01.807",
    "2026-11-23 03:33:01.807",
    "2026-11-23 03:33:01.808",
    "2026-11-23 03:33:02.000",
    "2026-11-23 03:34:59.999",
)
PIDS = ("7", "52", "53", "32594")
LOGGERS = ("nova.compute.manager", "nova.compute.manager", "oslo_messaging._drivers.amqpdriver", "nova", "a_b.c1")
LEVELS = ("DEBUG", "INFO", "INFO", "WARNING", "ERROR", "CRITICAL", "TRACE", "AUDIT", "Level 21", "ODD")

_UUID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
_REQUEST = f"req-{_UUID}"
_HEAD = "{time} {pid} {level} {logger} "
_TRACE = "{time} {pid} ERROR {logger} "

CONTEXTS = (
    "[-] ",
    "[-] ",
    f"[None {_REQUEST} - - - - - -] ",
    f"[None {_REQUEST} u1 p1 - - default default] ",
    f"[{_REQUEST} {_REQUEST} u1 p1 d1 all ud1 pd1] ",
    f"[{_REQUEST} u1 p1 d1 ud1 pd1] ",
    f"[{_REQUEST} g{_REQUEST} u1 p1 d1 ud1 pd1] ",
    f"[-] [instance: {_UUID}] ",
    f"[None {_REQUEST} - - - - - -] [instance: {_UUID}] ",
    "[-] [volume-17] ",
    "[foo] ",
    "[req-1 x] ",
    "",
)
MESSAGES = (
    "hello",
    "",
    " ",
    "Failed to do it: KeyError: 'boom'",
    "Failed to do it: RuntimeError: outer",
    "Failed to do it: RuntimeError",
    'Failed:   File "<string>", line 1',
    "a place run /opt/nova/manager.py:12",
    "a place run {{{{(pid=7) }}}}/opt/nova/manager.py:12",
    '10.0.0.1 "GET /v2.1/servers?x=1 HTTP/1.1" status: 200 len: 26 microversion: 2.1 time: 0.012',
    '127.0.0.1 - - [23/Nov/2026 03:48:52] "GET / HTTP/1.1" 200 131 0.000092',
    'http://10.0.0.1:80 "GET /v3 HTTP/1.1" 200 26',
    "rabbit://openstack:s3cret@10.0.0.1:5672/ is down, --os-password geheim, {{'adminPass': 'x'}}",
    "on 2026-11-23 it was cold",
    "quoted 2026-11-23 03:33:01.807 53 INFO nova.api [-] not a record",
    "Child 52 exited with status 0",
    "Child 53 killed by signal 9",
    "Worker 7 died",
    "Traceback (most recent call last):",
    'caf\u00e9 \U0001f419 \u2028 \x85 \x0b tab\t \x01 \x7f " \\ ',
    "[instance: x] [-] [req-1 x] ['Traceback (most recent call last):\\n']",
    "100% %s %(asctime)s",
)
BARE = (
    "",
    "",
    "second line of outer",
    "  indented",
    "\tindented by a tab",
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3/dist-packages/nova/compute/manager.py", line 12, in run',
    "    self.run()",
    "    ~~~~~~~~~^^",
    "KeyError: 'boom'",
    "RuntimeError: outer",
    "During handling of the above exception, another exception occurred:",
    "  + Exception Group Traceback (most recent call last):",
    "  | ExceptionGroup: two (2 sub-exceptions)",
    "Stack (most recent call last):",
    "Exception in thread Thread-1 (run):",
    "Exception ignored in: <function f at 0x7f>",
    "--- Logging error ---",
    "Call stack:",
    "Message: 'a %d'",
    "Arguments: ('x',)",
    "/opt/app/more.py:10: DeprecationWarning: old",
    "nova.exception_Remote.InstanceNotFound_Remote: gone",
    "['Traceback (most recent call last):\\n', '  File \"x\"'].",
    "(7) wsgi starting up on http://127.0.0.1:18301",
    '127.0.0.1 - - [23/Nov/2026 03:48:52] "GET / HTTP/1.1" 200 131 0.000092',
    '{{"message": "json", "level": "info", "ts": 1795404781.8}}',
    "{{}}",
    '{{"log": 1}}',
    "[",
    "-",
    "\x00\x00\x00",
    "2026-11-23",
    "2026-11-23 03:33:01.807",
    "2026-11-23 03:33:01.807 52",
    "2026-11-23 03:33:01.807 52 ERROR",
    "2026-11-23 03:33:01.807 52 ERROR nova",
    "2026-11-23 3:33:01 139 [Note] WSREP: Synchronized with group, ready for connections",
    "2026-11-23T03:33:01.807Z|00017|bridge|INFO|ovs-vswitchd (Open vSwitch) 3.1.0",
    "2026-11-23 03:33:01.807 [info] <0.215.0> Server startup complete",
    "2026-11-23 03:33:01.807+0000: 17: error : virNetSocketReadWire:1791 : End of file while reading data",
    "*** nova-compute: guru meditation report ***",
    "[Mon Nov 23 03:33:01.807 2026] [core:notice] [pid 1:tid 140] AH00094: Command line: 'apache2'",
    "I1123 03:33:01.807000       1 main.go:12] klog",
    "[pid: 7|app: 0|req: 1/1] 10.0.0.1 () {{36 vars in 500 bytes}} [Mon Nov 23 03:33:01 2026] GET / => generated 131 bytes",
)
RUNS = (
    (
        _HEAD + f"[None {_REQUEST} - - - - - -] [instance: {_UUID}] Failed to do it: RuntimeError: outer",
        "second line of outer",
        _TRACE + f"[instance: {_UUID}] Traceback (most recent call last):",
        _TRACE + f'[instance: {_UUID}]   File "/opt/nova/manager.py", line 39, in chain',
        _TRACE + f"[instance: {_UUID}] RuntimeError: outer",
        _TRACE + f"[instance: {_UUID}] second line of outer",
        _TRACE + f"[instance: {_UUID}] ",
    ),
    (
        _HEAD + "[-] Failed: KeyError: 'boom'",
        _TRACE + "Traceback (most recent call last):",
        _TRACE + '  File "/opt/nova/manager.py", line 39, in chain',
        _TRACE + "    boom()",
        _TRACE + "KeyError: 'boom'",
        _TRACE,
    ),
    (
        _HEAD + "[-] Failed: LostError: bad name",
        "2026-11-23 03:33:01.806 32594 INFO nova.api [-] forged line",
        "last line",
        _TRACE + "Traceback (most recent call last):",
        _TRACE + "LostError: bad name",
        _TRACE + "2026-11-23 03:33:01.806 32594 INFO nova.api [-] forged line",
        _TRACE + "last line",
        _TRACE,
    ),
    (
        "Traceback (most recent call last):",
        '  File "/usr/lib/python3/dist-packages/nova/compute/manager.py", line 12, in run',
        "    self.run()",
        "KeyError: 'boom'",
    ),
    (_HEAD + "[-] one", _HEAD + "[-] two", _HEAD + "[-] three"),
    (_HEAD + "[-] torn " + _HEAD + "[-] the other's", "the rest of the torn line"),
    (_HEAD + "[-] stack", "Stack (most recent call last):", '  File "/x.py", line 1, in f', "    g()"),
)
TRACES = (
    "Traceback (most recent call last):",
    '  File "/opt/nova/manager.py", line 39, in chain',
    "    boom()",
    "KeyError: 'boom'",
    "RuntimeError: outer",
    "[instance: x] Traceback (most recent call last):",
    f"[instance: {_UUID}] KeyError: 'boom'",
    "NoneType: None",
    "",
    "2026-11-23 03:33:01.807 53 INFO nova.api [-] not a record",
)
DAMAGE = (
    b"\xff\xfe",
    b"\xc3",
    b"\xe2\x82",
    b"\x1b[00m",
    b"\x1b[31m",
    b"\x1b",
    b"\x00",
    b"\r",
    b"\x1b]0;t\x07",
    b"\n",
    b"\t",
    b" ",
)
WRAPPERS = (
    "2026-11-23T03:33:01.807123456Z stdout F {line}",
    "2026-11-23T03:33:01.807123456Z stderr F {line}",
    "2026-11-23T03:33:01.807123456Z stdout P {line}",
    "2026-11-23T09:03:01.807123456+05:30 stdout F {line}\r",
    '{{"log":"{json}\\n","stream":"stdout","time":"2026-11-23T03:33:01.807123456Z"}}',
    '{{"log":"{json}","stream":"stderr","time":"2026-11-23T03:33:01.807123456Z"}}',
    "[pod/nova-api-0/nova-api] {line}",
    "[pod/nova-api-0/nova-api] 2026-11-23T03:33:01.807123456Z {line}",
    "nova-api-0 nova-api {line}",
    "2026-11-23T03:33:01.807123456Z {line}",
    "Nov 23 03:33:01 cmp-01 nova-compute[7238]: {line}",
    "Nov 23 03:33:01 cmp-01 nova-compute[7238]: {line}#012second#012",
    "2026-11-23T03:33:01.807123+00:00 cmp-01 nova-compute: {line}",
    "nova-compute[7238]: {line}",
    "2026-11-23 03:33:01.807123 {line}",
    "[Mon Nov 23 03:33:01.807123 2026] [wsgi:error] [pid 12:tid 140] [client 10.0.0.1:1234] {line}",
    "2026-11-23T03:33:01.807123456Z stdout F 2026-11-23 03:33:01.807123 {line}",
)


KEYS = st.tuples(*map(st.sampled_from, (TIMES, PIDS, LOGGERS, LEVELS)))
ENDS = st.sampled_from((b"\n", b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\x1b[00m\n"))


def filled(template: str, key: tuple[str, str, str, str]) -> bytes:
    time, pid, logger, level = key
    return template.format(time=time, pid=pid, logger=logger, level=level).encode()


def run(templates: tuple[str, ...], key: tuple[str, str, str, str], most: int) -> bytes:
    return b"\n".join(filled(template, key) for template in templates[:most])


def wrapped(wrapper: str, lines: bytes) -> bytes:
    """Each line of `lines` in the wrapper."""
    before, after = wrapper.replace("{json}", "{line}").replace("{{", "{").replace("}}", "}").encode().split(b"{line}")
    quote = (lambda line: line.replace(b"\\", b"\\\\").replace(b'"', b'\\"')) if "{json}" in wrapper else bytes
    return b"\n".join(before + quote(line) + after for line in lines.split(b"\n"))


def damaged(line: bytes, damage: bytes, at: int) -> bytes:
    at %= len(line) + 1
    return line[:at] + damage + line[at:]


_heads = st.builds(lambda context, message: _HEAD + context + message, st.sampled_from(CONTEXTS), st.sampled_from(MESSAGES))
_traces = st.builds(lambda text: _TRACE + text, st.sampled_from(TRACES))
_templates = st.one_of(_heads, _heads, _traces, st.sampled_from(BARE))
PLAIN = st.one_of(
    st.builds(filled, _templates, KEYS),
    st.builds(filled, _templates, KEYS),
    st.builds(run, st.sampled_from(RUNS), KEYS, st.integers(1, 8)),
)
"""One or more lines of services, whole, without the last newline."""
WRAPPED = st.builds(wrapped, st.sampled_from(WRAPPERS), PLAIN)
DAMAGED = st.builds(damaged, PLAIN | WRAPPED, st.sampled_from(DAMAGE), st.integers(0, 200))


def texts(lines: st.SearchStrategy[bytes], most: int = 12) -> st.SearchStrategy[bytes]:
    """Whole logs of such lines; the last newline may be missing."""
    ended = st.lists(st.builds(bytes.__add__, lines, ENDS), max_size=most).map(b"".join)
    return st.builds(lambda text, cut: text[: len(text) - cut], ended, st.sampled_from((0, 0, 0, 1, 2)))


ANY = texts(st.one_of(PLAIN, PLAIN, WRAPPED, DAMAGED))
"""Whatever: plain and wrapped lines in one source, and damaged ones."""
