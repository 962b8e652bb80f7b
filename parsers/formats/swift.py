"""Swift's proxy-logging: one line of blank-separated, percent-encoded words for each request.

Source: `swift/common/middleware/proxy_logging.py`, `log_msg_template`'s default. The time is UTC.
"""

import re
from typing import ClassVar

from parsers.formats.headed import MONTH, Headed, present, whole, word
from parsers.model import Fields, decode
from parsers.timestamps import from_clf


class _ProxyLogging(Headed):
    """`client remote day METHOD path protocol status referer agent token in out etag transaction headers seconds ...`."""

    name = "swift.proxy_logging"
    starts = b"0123456789abcdef:-ps"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?:(?P<program>[a-z][a-z-]{1,30}): )?(?P<text>(?P<client>[0-9a-fA-F.:]{2,45}|-) [^ ]{1,255} "
        rb"(?P<date>[0-9]{2}/" + MONTH + rb"/[0-9]{4})/(?P<clock>[0-9]{2}/[0-9]{2}/[0-9]{2}) "
        rb"(?P<method>[A-Z]{1,20}) (?P<path>[^ ?]{1,8192})[^ ]* HTTP/[0-9.]{1,3} (?P<status>[0-9]{3}) [^ ]+ (?P<agent>[^ ]+) "
        rb"[^ ]+ [^ ]+ [^ ]+ [^ ]+ (?P<transaction>tx[0-9a-f-]{1,60}[^ ]*|-) [^ ]+ "
        rb"(?P<seconds>[0-9]{1,10}(?:\.[0-9]{1,10})?) .*)"
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        date, clock = decode(head["date"]), decode(head["clock"]).replace("/", ":")
        known = present(client__address=word(head, "client"), user_agent__original=word(head, "agent"))
        return Fields(
            time=f"{from_clf(f'{date}:{clock}')}Z",
            attributes={name: value for name, value in known.items() if value != "-"}
            | present(
                http__request__method=word(head, "method"),
                url__path=word(head, "path"),
                http__response__status_code=whole(head, "status"),
                http__server__request__duration=float(head["seconds"]),
                swift__transaction_id=word(head, "transaction"),
            ),
            resource={"service.name": "swift"},
        )


SWIFT_PROXY_LOGGING = _ProxyLogging()
