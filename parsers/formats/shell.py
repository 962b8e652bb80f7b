"""Scripts: the trace of `set -x` (`+ exec nova-compute`, a plus for each subshell), and Python scripts of openstack-helm.

2023-01-01 00:00:00,123 - OpenStack-Helm Mariadb - INFO - Cluster leader is: mariadb-server-0
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, INDENTED, Headed, present, word
from parsers.model import Fields


class _Trace(Headed):
    """One traced command. A diff in somebody's message looks the same, so that message's record goes first."""

    name = "shell.trace"
    starts = b"+"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"(?P<depth>\+{1,20}) (?P<text>[^ ].*)")

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(attributes={"shell.depth": len(head["depth"])})


class _HelmScript(Headed):
    """`start.py`, `db-init.py`, `ks-*.py`: `%(asctime)s - %(name)s - %(levelname)s - %(message)s`."""

    name = "openstack_helm.script"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3}) - (?P<name>[A-Za-z][A-Za-z0-9_. -]{0,60}) "
        rb"- (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) - (?P<text>.*)"
    )
    more = INDENTED

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(
            time=word(head, "time"), severity_text=word(head, "level"), attributes=present(log__logger=word(head, "name"))
        )


SHELL_TRACE = _Trace()
HELM_SCRIPT = _HelmScript()
