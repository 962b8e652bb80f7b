"""memcached: standard error without time and level, `<27 get key` from a connection and `>27 END` to it.

Source: `memcached.c` (`settings.verbose`), `slabs.c`, `restart.c`.
"""

import re
from typing import ClassVar

from parsers.formats.headed import Headed, present, whole
from parsers.model import Fields


class _Memcached(Headed):
    """Any of its lines; the shape proves little, so other records go first."""

    name = "memcached"
    starts = b"<>sESf0123456789"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<text>(?:[<>](?P<fd>[0-9]{1,7})[ :]|[0-9]{1,7}: Client using the |slab class +[0-9]{1,3}: "
        rb"|Exiting normally$|Signal handled: |failed to listen on (?:TCP|UDP|UNIX) ).*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(attributes=present(memcached__fd=whole(head, "fd")), resource={"service.name": "memcached"})


MEMCACHED = _Memcached()
