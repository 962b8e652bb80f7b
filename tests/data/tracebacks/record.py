#!/usr/bin/env python3
"""Records what real Pythons print: `python3 record.py python2.7 python3.6 ...` writes `py<version>.txt` and `.json` here.

Each case below is run as a script by each interpreter, once with the interpreter's own excepthook (which is C up to 3.12) and
once with its `traceback` module; the second print is kept where it differs. The texts stand under `#### name` lines. The JSON
holds what the live exception objects said in that same process, so the expectation does not come from our parser.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TRUTH = """
import json, os, sys, traceback

def frames_of(tb):
    found, repeated = [], 0
    while tb:
        code = tb.tb_frame.f_code
        one = [code.co_filename, tb.tb_lineno, code.co_name]
        repeated = repeated + 1 if found and found[-1] == one else 1
        if repeated <= 3 or sys.version_info < (3, 6):  # since 3.6: [Previous line repeated N more times]
            found.append(one)
        tb = tb.tb_next
    return found

def info_of(value, tb, link):
    frames, message = frames_of(tb), str(value)
    if isinstance(value, SyntaxError):
        frames.append([value.filename, value.lineno, None])
        message = value.msg
    kind = type(value)
    name = getattr(kind, '__qualname__', kind.__name__)
    if kind.__module__ not in ('builtins', 'exceptions'):
        name = kind.__module__ + '.' + name
    return {'type': name, 'message': message, 'link': link, 'frames': frames, 'notes': getattr(value, '__notes__', [])}

def walk(value, tb, link, depth=1):
    cause, context = getattr(value, '__cause__', None), getattr(value, '__context__', None)
    found = []
    if cause is not None:
        found += walk(cause, cause.__traceback__, link, depth)
        link = 'cause'
    elif context is not None and not value.__suppress_context__:
        found += walk(context, context.__traceback__, link, depth)
        link = 'context'
    found.append(info_of(value, tb, link))
    for member in getattr(value, 'exceptions', ())[:15]:  # no more are printed, and no more than ten groups in each other
        if depth < 10 or not hasattr(member, 'exceptions'):
            found += walk(member, member.__traceback__, 'group', depth + 1)
    return found

def tell(kind, value, tb):
    with open(os.environ['TRUTH'], 'w') as out:
        json.dump(walk(value, tb, 'root'), out)

def hook(kind, value, tb):
    tell(kind, value, tb)
    if os.environ['PRINTER'] == 'traceback':
        traceback.print_exception(kind, value, tb)
    else:
        sys.__excepthook__(kind, value, tb)

sys.excepthook = hook
"""

CASES = {
    "a chain of three": (
        (3, 0),
        r"""
def connect(host):
    raise ValueError('no route to %s' % host)

def report_state():
    try:
        connect('db')
    except ValueError:
        return {}['state']['agent']

def main():
    try:
        report_state()
    except KeyError as error:
        raise RuntimeError('cannot report') from error

main()
""",
    ),
    "one exception": (
        (2, 7),
        r"""
def report_state():
    return {}['state']['agent']

report_state()
""",
    ),
    "a group with chained, nested and noted members": (
        (3, 11),
        r"""
class Rejected(Exception):
    pass

def fail(error):
    raise error

def caught(error):
    try:
        fail(error)
    except Exception as found:
        return found

def chained():
    try:
        try:
            fail(ValueError('first\nsecond line'))
        except ValueError:
            fail(KeyError('k'))
    except KeyError as found:
        return found

def main():
    inner = ExceptionGroup('inner', [TypeError('never raised'), Rejected()])
    inner.add_note('a note')
    members = [chained(), caught(inner), caught(OSError(2, 'gone'))]
    try:
        raise ExceptionGroup('three\nfailed', members)
    except ExceptionGroup as error:
        raise RuntimeError('all over') from error

main()
""",
    ),
    "a group that was never raised": (
        (3, 11),
        r"""
import traceback
error = ExceptionGroup('idle', [ValueError('v')])
truth.tell(ExceptionGroup, error, None)
traceback.print_exception(ExceptionGroup, error, None)
""",
    ),
    "a group raised from another exception": (
        (3, 11),
        r"""
try:
    {}['k']
except KeyError:
    raise ExceptionGroup('later', [ValueError('v')])
""",
    ),
    "a very wide group": ((3, 11), "raise ExceptionGroup('wide', [ValueError(i) for i in range(17)])"),
    "a very deep group": (
        (3, 11),
        r"""
error = ValueError('deep')
for number in range(12):
    error = ExceptionGroup(str(number), [error])
raise error
""",
    ),
    "notes": (
        (3, 11),
        r"""
error = ValueError('text')
error.add_note('first note\nits second line')
error.add_note('')
error.add_note('last')
raise error
""",
    ),
    "notes without message": (
        (3, 11),
        r"""
error = KeyError()
error.add_note('only a note')
raise error
""",
    ),
    "a syntax error": (
        (2, 7),
        r"""
def compiled():
    compile('def f(:\n  pass', '<policy>', 'exec')

compiled()
""",
    ),
    "an endless recursion": (
        (2, 7),
        r"""
import sys
sys.setrecursionlimit(60)

def again(n):
    return again(n + 1)

again(0)
""",
    ),
    "a message of many lines": (
        (2, 7),
        r"""
def run():
    raise ValueError('one\n\n  File "x", line 3, in y\nKeyError: no\n    ^^^^\n[SQL: SELECT 1]\n\nlast')

run()
""",
    ),
    "no message": (
        (2, 7),
        r"""
class Silent(Exception):
    pass

def run():
    raise Silent()

run()
""",
    ),
    "a local class": (
        (3, 3),
        r"""
def run():
    class Hidden(Exception):
        pass
    raise Hidden('here: and there')

run()
""",
    ),
    "an interrupt": (
        (2, 7),
        r"""
def wait():
    raise KeyboardInterrupt

wait()
""",
    ),
    "an expression of many lines": (
        (2, 7),
        r"""
def call(*args):
    return args

def run():
    return call(
        1,

        call(
            2)[
            'x'
        ],
        3,
        4,
    )

run()
""",
    ),
    "an exception in a thread": (
        (2, 7),
        r"""
import sys, threading

def work():
    try:
        1 // 0
    except Exception:
        truth.tell(*sys.exc_info())
        raise

thread = threading.Thread(target=work)
thread.start()
thread.join()
""",
    ),
    "an exception in a destructor": (
        (2, 7),
        r"""
import sys

class Held(object):
    def __del__(self):
        try:
            raise ValueError("it's in del")
        except Exception:
            truth.tell(*sys.exc_info())
            raise

Held()
""",
    ),
    "never raised": (
        (2, 7),
        r"""
import traceback
error = RuntimeError('x\ny')
truth.tell(RuntimeError, error, None)
traceback.print_exception(RuntimeError, error, None)
""",
    ),
}
"""For each case the first Python that can have it, and the script."""


def main() -> None:
    """Runs all cases with each interpreter named on the command line."""
    for interpreter in sys.argv[1:]:
        asked = "import sys; print('%d.%d %s' % (sys.version_info[:2] + (getattr(sys, 'base_prefix', sys.prefix),)))"
        version, prefix = subprocess.check_output([interpreter, "-c", asked], text=True).split()
        number = tuple(int(part) for part in version.split("."))
        texts: dict[str, str] = {}
        truths: dict[str, object] = {}
        for name, (first, script) in CASES.items():
            if number >= first:
                _record(interpreter, (name, script), (version, prefix), texts, truths)
        here = Path(__file__).parent
        (here / f"py{version}.txt").write_text("".join(f"#### {name}\n{text}" for name, text in texts.items()))
        (here / f"py{version}.json").write_text(json.dumps(truths, indent=1) + "\n")


def _record(
    interpreter: str, case: tuple[str, str], python: tuple[str, str], texts: dict[str, str], truths: dict[str, object]
) -> None:
    name, script = case
    for printer in ("hook", "traceback"):
        text, truth = _run(interpreter, script, printer, python)
        if printer == "hook" or text != texts[name]:
            label = name if printer == "hook" else f"{name}, by its module"
            texts[label], truths[label] = text, truth


def _run(interpreter: str, script: str, printer: str, python: tuple[str, str]) -> tuple[str, object]:
    version, prefix = python
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "lib" / f"python{version}" / "site-packages" / "nova"
        folder.mkdir(parents=True)
        (folder / "truth.py").write_text(TRUTH)
        (folder / "agent.py").write_text("import truth\n" + script)
        told = folder / "truth.json"
        environment = {**os.environ, "TRUTH": str(told), "PRINTER": printer, "NO_COLOR": "1"}
        command = [interpreter, str(folder / "agent.py")]
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
        return _neutral(done.stderr, base, prefix), json.loads(_neutral(told.read_text(), base, prefix))


def _neutral(text: str, base: str, prefix: str) -> str:
    """`text` with the paths of a pod, and one address for all objects."""
    return re.sub("0x[0-9a-f]+", "0x7f0e1b2a3c40", text.replace(base, "/var/lib/openstack").replace(prefix, "/usr/local"))


if __name__ == "__main__":
    main()
