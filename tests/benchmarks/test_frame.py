"""The benchmark of a scrape runs."""

import pytest

from benchmarks.frame import scrape


def test_it_prints_a_row_for_each_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert scrape.main(["--rounds", "1", "--series", "10", "20"]) == 0
    assert len(capsys.readouterr().out.strip().splitlines()) == 4
