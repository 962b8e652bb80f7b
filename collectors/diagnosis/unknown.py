"""The rule about lines that no format knows."""

from collections.abc import Iterator

from collectors.diagnosis.model import Sighting, View


class UnknownFormat:
    """A line that no format knows became an event by itself: kept, but without time, level and fields."""

    name = "format_unknown"
    serious = False

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        if view.form == "unparsed":
            text = (
                "no format knows this line, so it is an event by itself; if it is oslo.log, give the service's format strings"
            )
            yield Sighting(view.component, text, view.body)
