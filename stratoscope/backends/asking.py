"""One question to a far side: JSON back, or an error that says what to do."""

from collections.abc import Mapping
from typing import Any

import orjson

from collectors.model import RetryError
from collectors.sinks.http import HttpClient
from stratoscope.backends.model import BackendError

ANSWER_BYTES = 256 << 20
"""Of one page: a thousand events, each of Loki's largest line."""


def asked(
    client: HttpClient, path: str, body: bytes, headers: Mapping[str, str], timeout: float, advice: Mapping[int, str]
) -> Any:
    """The JSON answer to a POST. `advice`: what to do, by HTTP status. Raises BackendError."""
    try:
        answer = client.post(path, body, headers, timeout, ANSWER_BYTES)
        if answer.status != 200:
            raise BackendError(str(client.refused(path, answer, advice.get(answer.status, "see what it says"))))
        if answer.cut:
            raise BackendError(f"{path}: the answer has more than {ANSWER_BYTES >> 20} MiB; make page smaller")
        return orjson.loads(answer.body)
    except RetryError as error:
        raise BackendError(str(error)) from error
    except orjson.JSONDecodeError as error:
        raise BackendError(f"{path}: the answer is no JSON; is this the right url?") from error
