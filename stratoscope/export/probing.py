"""`/probe?module=&target=`: asks one target of the allowed ones, with the settings of a module."""

import threading
from collections import OrderedDict
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from exporters.frame.exposition import joined
from exporters.frame.frame import Frame
from stratoscope.export.allowed import NotAllowedError, check
from stratoscope.export.settings import Loaded
from stratoscope.serving.metrics_page import Asked, answer
from stratoscope.settings.mistakes import suggestion
from stratoscope.settings.structure import MistakesFoundError

MAX_TARGETS = 64
"""Targets whose connections are kept for the next probe; more than there are threads, so that none in use is let go of."""


class Probes:
    """The targets that were probed. `loaded`: the settings in force."""

    def __init__(self, loaded: Loaded) -> None:
        self._lock = threading.Lock()
        self._frames: OrderedDict[tuple[str, str], Frame] = OrderedDict()
        self.loaded = loaded

    def use(self, loaded: Loaded) -> None:
        """From now on these settings."""
        with self._lock:
            self.loaded = loaded
            frames = list(self._frames.values())
            self._frames.clear()
        for frame in frames:
            frame.close()

    def close(self) -> None:
        """Let go of all targets."""
        self.use(self.loaded)

    async def page(self, request: Request) -> Response:
        """The endpoint."""
        module, target = request.query_params.get("module", ""), request.query_params.get("target", "")
        modules = self.loaded.settings.modules
        if not module or not target:
            return PlainTextResponse("Write /probe?module=NAME&target=HOST:PORT\n", 400)
        if module not in modules:
            return PlainTextResponse(f"There is no such module in the settings; {suggestion(module, modules)}\n", 400)
        try:
            check(target, self.loaded.settings.allowed())
            return await answer(request, partial(self._render, module, target))
        except NotAllowedError as error:
            return PlainTextResponse(f"Refused: {error}\n", 403)
        except MistakesFoundError as error:
            told = "; ".join(mistake.text for mistake in error.mistakes)
            return PlainTextResponse(f"The target does not fit the module: {told}\n", 400)

    def _render(self, module: str, target: str, asked: Asked) -> bytes:
        parts = self._frame(module, target).scrape(asked.timeout)
        return joined(parts, openmetrics=asked.openmetrics, names=asked.names)

    def _frame(self, module: str, target: str) -> Frame:
        oldest: Frame | None = None
        with self._lock:
            frame = self._frames.get((module, target))
            if frame is None:
                frame = Frame()
                frame.use([self.loaded.probed(module, target, frame)])
                self._frames[module, target] = frame
                if len(self._frames) > MAX_TARGETS:
                    _, oldest = self._frames.popitem(last=False)
            self._frames.move_to_end((module, target))
        if oldest is not None:
            oldest.close()
        return frame
