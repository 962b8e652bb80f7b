import pytest

from exporters.metrics import Metric


def test_a_label_is_either_told_or_tells_the_series_apart() -> None:
    with pytest.raises(ValueError, match="cluster tells the series apart and is told as well"):
        Metric("a_info", "info", "A.", "nowhere", labels=("cluster",), told=("cluster",))
