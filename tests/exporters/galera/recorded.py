"""What real clusters said, step by step, as snapshots.

`tests/data/galera/<recording>/<step>.<node>.tsv` is the answer of a node to SHOW GLOBAL STATUS LIKE 'wsrep%', and `.err` the
word for why it gave none; `variables.<node>.tsv` is its configuration.
"""

from collections.abc import Iterable
from pathlib import Path

from exporters.galera.history import History
from exporters.galera.node import Failure, Node, Peer
from exporters.galera.snapshot import Snapshot

DATA = Path(__file__).parents[2] / "data" / "galera"


def table(path: Path) -> dict[str, str]:
    """Two columns, in the form of `Node.status`."""
    rows = (line.partition("\t") for line in path.read_text().splitlines())
    return {name.lower().removeprefix("wsrep_"): value for name, _, value in rows}


def answers(recording: str, step: str, *, peers: tuple[Peer, ...] | None = None) -> tuple[Node | Failure, ...]:
    """What all nodes said at a step."""
    folder = DATA / recording
    found: list[Node | Failure] = []
    for path in sorted(folder.glob(f"{step}.node*")):
        name = path.name.split(".")[1]
        target = f"{name}.test:3306"
        if path.suffix == ".err":
            found.append(Failure(target, path.read_text().strip(), f"{target}: gave no answer"))  # type: ignore[arg-type]
        else:
            variables = table(folder / f"variables.{name}.tsv")
            found.append(Node(target, table(path), variables, peers, connections=3.0, asked_at=0.001))
    assert found, f"nothing was recorded as {recording}/{step}"
    return tuple(found)


def snapshot_of(nodes: Iterable[Node | Failure], at: float = 0.0, history: History | None = None) -> Snapshot:
    """A reading of these nodes."""
    known = tuple(nodes)
    return Snapshot("main", at, known, (history or History()).after(known, at), configured=len(known))
