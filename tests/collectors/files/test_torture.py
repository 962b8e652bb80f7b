"""A log that is rotated every 100 ms at 5,000 lines a second, by a process of its own: each line is read once."""

import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from collectors.files.following import Limits
from collectors.files.source import FileSource

pytestmark = pytest.mark.servers  # 5 s each, with a process beside it: not among the quick ones

LINES = 20_000
_NUMBER = re.compile(rb" line (-?\d+) of the torture$")


@pytest.mark.parametrize(
    ("scheme", "named", "keep", "max_open"),
    [
        ("numbered", "the file", 20, 256),
        ("kubelet", "the file", 12, 256),
        ("kubelet", "the folder", 12, 1),
        ("numbered", "a glob", 20, 2),
    ],
)
def test_no_line_is_lost_and_none_repeated(tmp_path: Path, scheme: str, named: str, keep: int, max_open: int) -> None:
    path = tmp_path / "0.log"
    paths = {"the file": path, "the folder": tmp_path, "a glob": f"{path}*"}
    source = FileSource([str(paths[named])], follow=True, report=lambda _: None, limits=Limits(max_open=max_open))
    assert list(source.poll()) == []
    command = [sys.executable, "-m", "tests.collectors.files.writer", scheme, path, LINES, 5000, 0.1, keep]
    writer = subprocess.Popen([str(word) for word in command])
    texts: dict[str, bytearray] = {}
    pauses, quiet = random.Random(1), 0
    while quiet < 8:
        before = sum(map(len, texts.values()))
        for chunk in source.poll():
            text = texts.setdefault(chunk.identity, bytearray())
            assert chunk.offset == len(text), chunk.path
            text += chunk.data
        grown = sum(map(len, texts.values())) > before
        quiet = 0 if grown or writer.poll() is None else quiet + 1
        time.sleep(pauses.random() * 0.2)
    source.close()
    assert writer.wait() == 0
    read = Counter(int(_NUMBER.search(line)[1]) for text in texts.values() for line in bytes(text).splitlines())  # type: ignore[index]
    rotations = sum(1 for number in read if number < 0)
    assert rotations > 5
    assert read == Counter([*range(LINES), *(number for number in read if number < 0)])
