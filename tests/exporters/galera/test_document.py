"""docs/exporters/galera.md says what the code does."""

from pathlib import Path

from exporters.galera.reasons import REASONS, STATES
from tests.exporters.galera.conftest import GRANT

PAGE = (Path(__file__).parents[3] / "docs" / "exporters" / "galera.md").read_text()


def test_all_verdicts_and_reasons_are_explained() -> None:
    tables = [f"| `{name}` | {meaning} |" for name, meaning in STATES.items()]
    tables += [f"| `{name}` | `{reason.state}` | {reason.meaning} |" for name, reason in REASONS.items()]
    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == tables


def test_the_grant_is_the_one_that_the_tests_use() -> None:
    assert f"       {GRANT};\n" in PAGE
