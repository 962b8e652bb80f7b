"""The peer: what a script for node_exporter's textfile collector does, with the standard library and the tools of OVS.

python textfile.py DATABASE CONTROL_SOCKET
"""

import json
import re
import subprocess
import sys

COMMANDS = ("coverage/show", "dpctl/show", "upcall/show", "memory/show", "bond/show", "dpif-netdev/pmd-stats-show")


def main() -> None:
    """Print the statistics of all interfaces, and the totals of all events."""
    words = ["ovs-vsctl", f"--db={sys.argv[1]}", "--format=json", "list", "Interface"]
    found = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)  # noqa: S603  the tools of OVS
    name, statistics = found["headings"].index("name"), found["headings"].index("statistics")
    for row in found["data"]:
        for key, value in row[statistics][1]:
            sys.stdout.write(f'ovs_interface_{key}_total{{interface="{row[name]}"}} {value}\n')
    for command in COMMANDS:
        asked = ["ovs-appctl", "-t", sys.argv[2], command]
        text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603  the tools of OVS
        for event, total in re.findall(r"^(\w+) .*total: (\d+)$", text, re.MULTILINE):
            sys.stdout.write(f'ovs_coverage_total{{event="{event}"}} {total}\n')


if __name__ == "__main__":
    main()
