"""Thousands of files, few descriptors: nothing is lost, and memory and descriptors stay bounded."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, os, resource, sys
from pathlib import Path
from collectors.files.source import FileSource

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
folder, count = Path(sys.argv[1]), int(sys.argv[2])
paths = [folder / f"pod{number // 100}" / f"service{number}.log" for number in range(count)]
for path in paths:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"2026-11-26 22:15:00.001 7 INFO nova [-] first line of %s\\n" % path.name.encode())
problems, most, got = [], 0, 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = FileSource([str(folder)], follow=True, report=lambda problem: problems.append(str(problem)))
def sweep():
    global most, got
    for chunk in source.poll():
        got += chunk.data.count(b"\\n")
        most = max(most, len(os.listdir("/proc/self/fd")))
sweep()
begun = got
for path in paths[::2]:
    with path.open("ab") as file:
        file.write(b"2026-11-26 22:15:00.002 7 INFO nova [-] second line\\n")
    path.rename(path.with_suffix(".log.1"))
    path.write_bytes(b"2026-11-26 22:15:00.003 7 INFO nova [-] first line of its successor %s\\n" % path.name.encode())
for _ in range(6):
    sweep()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"begun": begun, "got": got, "descriptors": most, "problems": problems, "megabytes": memory // 1024}))
"""


def test_five_thousand_files_that_are_renamed_while_closed_are_read_to_their_ends_with_64_descriptors(tmp_path: Path) -> None:
    count = 5000
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(count)], capture_output=True, text=True, check=True, timeout=100
    )
    seen = json.loads(done.stdout)
    assert seen["problems"] == []
    assert (seen["begun"], seen["got"]) == (count, 2 * count)
    assert seen["descriptors"] < 40
    assert seen["megabytes"] < 50
