"""Settings of one target: what does not fit into its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parsers.secret import Secret
from probes.wait.model import More
from probes.wait.targets import TargetMistakeError, options_of, parse


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """One target."""

    url: str
    """What to wait for, as on the command line: `galera://nova@mariadb:3306`, `job/nova-db-sync`. See the table of targets."""
    password: Secret | None = None
    """Of the user in `url`."""
    ca: Path | None = None
    """Certificates of the authority, for TLS. Default: those of the system for http and keystone; for the others no TLS."""
    certificate: Path | None = None
    """Our own certificate, where the target asks for one."""
    key: Path | None = None
    """The key of `certificate`. Default: it stands in the same file."""
    status: tuple[int, ...] = ()
    """Of http: the statuses that count as there. Default: any under 400."""
    body: str = ""
    """Of http: text that must be in the answer. Default: any will do."""

    def more(self) -> More:
        """All but the URL."""
        return More(self.password, self.ca, self.certificate, self.key, self.status, self.body)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A URL that is none, a password in the wrong place."""
        if options_of(self.url).keys() & {"password-file", "password-env"}:
            yield "url", "password-file and password-env are for the command line; set `password` beside url"
            return
        try:
            parse(self.url, self.more())
        except TargetMistakeError as error:
            yield "url", str(error).replace("add ?password-file=PATH or ?password-env=NAME", "set `password` beside url")
        if self.key is not None and self.certificate is None:
            yield "key", "is set without `certificate`; name the certificate that it belongs to"
