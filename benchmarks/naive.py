"""The log parser that everybody writes first: one regular expression per line, a JSON object per line, nothing joined.

Run as `python naive.py FILE`. It knows the prefix of oslo.log with and without the one of containerd, as the peers do.
"""

import json
import re
import sys
from pathlib import Path

LINE = re.compile(
    r"(?:\S+ (?P<stream>stdout|stderr) [FP] )?"
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (?P<pid>\d+) (?P<level>[A-Z]+) (?P<logger>\S+) "
    r"(?:\[(?:-|(?P<global_request_id>\S+) (?P<request_id>req-\S+) (?P<user>\S+) (?P<project>\S+) (?P<domain>\S+) "
    r"(?P<system_scope>\S+) (?P<user_domain>\S+) (?P<project_domain>[^\s\]]+))\] )?"
    r"(?:\[instance: (?P<instance>[^\]]+)\] )?(?P<message>.*)"
)


def main(path: Path) -> None:
    """Print an object for each line of a file."""
    match, dumps, write = LINE.match, json.dumps, sys.stdout.write
    with path.open(encoding="utf-8", errors="backslashreplace") as file:
        for line in file:
            found = match(line)
            write(dumps(found.groupdict() if found else {"message": line.rstrip("\n")}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
