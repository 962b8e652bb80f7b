"""What to do about it when the API does not give what was asked for."""

from clients.kubernetes import ApiError

_ADVICE = {
    401: "check the token; it is read again for the next try",
    403: "give the role of docs/sources.md to the service account",
    0: "check the network, the API server's address and its certificate; tried again",
}


def advice(error: ApiError) -> str:
    """For the line that tells of it."""
    return _ADVICE.get(error.status, "tried again")
