"""Where a process that fills a store shows its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stratoscope.serving.listen import LISTEN, ListenError, is_this_machine


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """The page over the events of an embedded store that is a sink here: that of `stratoscope run`, docs/page.md."""

    listen: str = LISTEN
    """HOST:PORT of the page, and of /metrics beside it. Beyond this machine only with users in `web_config`."""
    web_config: Path | None = None
    """Prometheus' web configuration file, for TLS and passwords on this port."""
    sink: str = ""
    """Which sink, where several are stores; left out, the only one."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Where nobody can look, or everybody."""
        try:
            alone = is_this_machine(self.listen)
        except ListenError:
            yield "listen", f"write HOST:PORT, for example {LISTEN}"
        else:
            if not alone and self.web_config is None:
                yield (
                    "listen",
                    f"{self.listen} is reached from elsewhere; add web_config with basic_auth_users, or write {LISTEN}",
                )
