"""The log files of this node's pods, with what their paths and, where it is wanted, the API server tell of the writers."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping

from clients.kubernetes import Api
from collectors.files.following import Limits
from collectors.files.source import FileSource, Remember
from collectors.kubernetes.watch import Watch
from collectors.model import Chunk, Position
from collectors.pods.names import Chosen, container_of
from collectors.pods.settings import PodMetadata, PodsInput
from collectors.pods.table import PodTable
from collectors.problems import Report

PATIENCE = 10.0
"""Seconds from the start that the first pods are waited for, so that the first lines have labels too. Then logs go without."""

_STREAMS = 10_000  # paths whose resource is remembered


class PodSource:
    """A FileSource of pods, as a Source. See PodsInput for the settings; the rest is as for FileSource."""

    def __init__(
        self,
        settings: PodsInput,
        report: Report,
        *,
        positions: Mapping[str, Position] | None = None,
        remember: Remember = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: seconds of a clock that never jumps."""
        self._chosen = Chosen(settings.include, settings.exclude)
        self._files = FileSource(
            [str(settings.folder)],
            follow=True,
            report=report,
            positions=positions,
            remember=remember,
            wanted=self._wants,
            resource_of=self._resource,
            limits=Limits(max_open=settings.max_open),
        )
        self._resources: dict[str, Mapping[str, str]] = {}
        self._table = PodTable(settings.metadata.labels if settings.metadata else ())
        self._watch = _watch(settings.metadata, self._table, report) if settings.metadata else None
        self._clock = clock
        self._until = clock() + PATIENCE if self._watch else None
        if self._watch:
            self._watch.start()

    def poll(self) -> Iterator[Chunk]:
        """One sweep."""
        if self._until is not None and self._watch is not None:
            if not self._watch.synced.is_set() and self._clock() < self._until:
                return
            self._until = None
        yield from self._files.poll()

    def done(self) -> bool:
        """Never: a pod may always come."""
        return False

    def streams(self) -> list[int]:
        """None: only time tells."""
        return self._files.streams()

    def commit(self, positions: Mapping[str, Position]) -> None:
        """All before these positions is safe."""
        self._files.commit(positions)

    def unread(self) -> int:
        """Bytes on disk that were not read yet; looks at every file."""
        return self._files.unread()

    def close(self) -> None:
        """Close the files, end the watch."""
        if self._watch is not None:
            self._watch.stop()
        self._files.close()

    def _wants(self, path: str) -> bool:
        name = container_of(path)
        return name is not None and name in self._chosen

    def _resource(self, path: str) -> Mapping[str, str]:
        """The same for all chunks of a path, once the pod is known."""
        resource = self._resources.get(path)
        if resource is None:
            name = container_of(path)
            if name is None:
                return {}
            more = self._table.attributes(name)
            resource = {**more, **name.resource()}
            if more or self._watch is None:
                self._resources[path] = resource
            if len(self._resources) > _STREAMS:
                del self._resources[next(iter(self._resources))]
        return resource


def _watch(settings: PodMetadata, table: PodTable, report: Report) -> Watch:
    node = settings.node or os.environ.get("NODE_NAME") or socket.gethostname()
    return Watch(Api(settings.access), "/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"}, table, report)
