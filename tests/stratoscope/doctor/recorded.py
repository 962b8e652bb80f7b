"""Answers of a kube-apiserver 1.36.3, as it gave them but for fields that nobody reads, and the doctor that looks through them.

`python -m tests.stratoscope.doctor.recorded` writes anew what the doctor says of that cluster.
"""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clients.kubernetes import Api, ApiError
from clients.kubernetes_access import ApiAccess
from clients.model import Deadline
from stratoscope.doctor.looking import Wish, look
from stratoscope.doctor.model import Cluster
from stratoscope.doctor.report import as_text
from stratoscope.doctor.rules.table import findings, running, view_of

DATA = Path(__file__).parents[2] / "data" / "doctor"
REPORT = DATA / "report.txt"
AT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
ANSWERS: dict[str, Any] = json.loads((DATA / "cluster.json").read_text())


class RecordedApi(Api):
    """Gives what was recorded. `changed`: answers that differ, by path; `refused`: paths that are forbidden."""

    def __init__(self, changed: Mapping[str, Any] | None = None, refused: tuple[str, ...] = ()) -> None:
        super().__init__(ApiAccess())
        self.asked: list[str] = []
        self._changed = dict(changed or {})
        self._refused = refused

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """An answer, or ApiError as the real client raises it."""
        rest = "&".join(f"{key}={value}" for key, value in sorted(query.items()) if key != "limit")
        key = f"{path}?{rest}" if rest else path
        self.asked.append(key)
        if path.endswith(self._refused) and self._refused:
            raise refusal(path, ANSWERS["forbidden"])
        answer = self._changed.get(path, ANSWERS.get(key, ANSWERS["unknown kind"]))
        if isinstance(answer, Mapping) and "status" in answer and isinstance(answer["status"], int):
            if answer["status"] != 200:
                raise refusal(path, answer)
            answer = answer["body"]
        return copy.deepcopy(answer)


def refusal(path: str, answer: Mapping[str, Any]) -> ApiError:
    """As `clients.kubernetes` makes it of an answer."""
    body = answer["body"] if isinstance(answer["body"], dict) else {}
    text = f"GET {path}: {answer['status']} {body.get('message', 'Not Found')}"
    return ApiError(text, answer["status"], body.get("reason", ""))


def answer_of(path: str) -> Any:
    """A copy of what was recorded, to be changed."""
    return copy.deepcopy(next(one["body"] for key, one in ANSWERS.items() if key.partition("?")[0] == path))


def looked(api: Api, *namespaces: str, secrets: bool = True, most: int = 1000) -> Cluster:
    """The cluster through an API."""
    return look(api, Wish(namespaces, secrets=secrets, most=most), AT, Deadline.after(60.0))


def report() -> str:
    """What the doctor says of the recorded cluster."""
    view = view_of(looked(RecordedApi()))
    return "".join(as_text(view.cluster, list(running(view)), findings(view), colour=False))


if __name__ == "__main__":
    REPORT.write_text(report())
