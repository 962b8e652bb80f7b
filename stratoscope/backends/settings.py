"""Where the events are that `stratoscope search` looks for, when they are in no embedded store. Nothing here opens a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from collectors.sinks.remote import RemoteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiSearch(RemoteSettings):
    """A Loki: `url` is where `/loki/api/v1/query_range` is appended, usually `http://loki-gateway`."""

    kind: Literal["loki"] = "loki"
    """Which one."""
    tenant: str = ""
    """Sent as `X-Scope-OrgID`; empty where Loki has one tenant only. Several: `a|b`."""
    cluster: str = ""
    """Look at this cluster only: the label that the sink was told. Empty: at all."""
    page: int = 1000
    """Events asked for at once; Loki's `max_entries_limit_per_query` allows 5,000 unless told otherwise."""
    span: Annotated[float, "seconds"] = 86_400.0
    """How far back is looked where the search has no `since:`. Loki reads every chunk of it, so there must be a bound."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be searched with."""
        yield from RemoteSettings.mistakes(self)
        if self.page < 2:
            yield "page", "is less than two; give how many events are asked for at once"
        if self.span <= 0:
            yield "span", "is no time; give how far back to look"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSearchSearch(RemoteSettings):
    """An OpenSearch or Elasticsearch: `url` is where `/INDEX/_search` is appended."""

    kind: Literal["opensearch"] = "opensearch"
    """Which one."""
    index: str = "logs-openstack-*"
    """Index, data stream or pattern, several with commas: what the sink was told, or a pattern of it."""
    page: int = 1000
    """Events asked for at once; `index.max_result_window` allows 10,000 unless told otherwise."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be searched with."""
        yield from RemoteSettings.mistakes(self)
        if not self.index or any(char in self.index for char in '/\\?"<>| #'):
            yield "index", 'is no name or pattern of an index: no blanks, none of \\/?"<>|#'
        if self.page < 1:
            yield "page", "is less than one; give how many events are asked for at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """The file of `stratoscope search -c FILE`."""

    backend: LokiSearch | OpenSearchSearch
    """Where to look: `kind: loki` or `kind: opensearch`, and how to get there."""
