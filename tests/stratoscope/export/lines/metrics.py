"""Its metrics."""

from exporters.metrics import Metric

VALUE = Metric("lines_value", "gauge", "What the target says.", "its first line", ("target",))
METRICS = (VALUE,)
