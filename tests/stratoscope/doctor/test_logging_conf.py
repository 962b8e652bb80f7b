"""What is wrong with a logging.conf: said of all that openstack-helm ships, and of none that our overlays mend."""

from pathlib import Path

import pytest

from stratoscope.doctor.logging_conf import troubles

CHARTS = Path(__file__).parents[2] / "data" / "overlays" / "openstack-helm"
DOUBLED = {"octavia", "trove", "cloudkitty"}
"""They send the lines of root to standard output, and their own besides."""
NO_DATE = {"aodh", "octavia"}


def kinds(content: str) -> list[str]:
    return [one.kind for one in troubles(content)]


@pytest.mark.parametrize("chart", sorted(one.name for one in CHARTS.iterdir()))
def test_what_openstack_helm_ships(chart: str) -> None:
    expected = ["doubled" if chart in DOUBLED else "null_root", *(["no_date_format"] if chart in NO_DATE else [])]
    assert kinds((CHARTS / chart / "default.conf").read_text()) == expected


@pytest.mark.parametrize("path", sorted(CHARTS.glob("*/[jl]*.conf")), ids=lambda path: "-".join(path.parts[-2:]))
def test_with_our_overlays_nothing_is_wrong(path: Path) -> None:
    assert kinds(path.read_text()) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("[loggers]\nkeys = root\n", []),
        ("[logger_root]\nhandlers =\n", ["null_root"]),
        ("[logger_root]\nhandlers = nobody\n", ["null_root"]),
        ("no section\n", ["unreadable"]),
        ("[a]\nx = 1\n[a]\n", ["unreadable"]),
        ("[logger_root]\nhandlers = out\n[handler_out]\nclass = StreamHandler\nargs = (sys.stdout,)\n", []),
    ],
)
def test_small_ones(content: str, expected: list[str]) -> None:
    assert kinds(content) == expected


def test_a_logger_that_no_list_names_is_not_there() -> None:
    content = (CHARTS / "octavia" / "default.conf").read_text()
    assert kinds(content.replace("keys = root,octavia", "keys = root")) == ["no_date_format"]


def test_handlers_that_write_to_different_places_double_nothing() -> None:
    content = (CHARTS / "octavia" / "default.conf").read_text()
    assert "doubled" not in kinds(content.replace("handlers = stdout\nlevel = INFO\nqualname", "handlers = stderr\nqualname"))
