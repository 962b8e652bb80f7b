"""What could not be looked at: as findings, since a rule that saw nothing has nothing to say."""

from collections.abc import Iterator

from stratoscope.doctor.rules.view import Told, View, warning


def rights(view: View) -> Iterator[Told]:
    """Each gap, with the right that it takes."""
    for gap in view.cluster.gaps:
        place = f"namespace {gap.namespace}" if gap.namespace else "the cluster"
        if gap.forbidden:
            yield warning(
                f"could not look at {gap.what}: needs {gap.right}", place, "give that right, as docs/doctor.md has it"
            )
        else:
            yield warning(f"could not look at {gap.what}: {gap.why}", place, "ask again; if it stays, look at the API server")
