"""What the probes of one service tell each other: that they see a hang. Nothing is sent while all is well.

Restart storms are always correlated: when many hosts see a hang at once, it is not the hosts.
"""

import json
import threading

WINDOW = 60.0
"""Seconds for which an announcement counts."""
_HOSTS = 4096
"""Hosts that are remembered; far fewer are needed to say that it is not the hosts."""
_HOST_LENGTH = 255


def announcement(host: str) -> bytes:
    """The message."""
    return json.dumps({"hung": host[:_HOST_LENGTH]}).encode()


class Fleet:
    """Who has announced a hang lately. One thread hears, any may ask."""

    def __init__(self, host: str) -> None:
        self._host = host[:_HOST_LENGTH]
        self._heard: dict[str, float] = {}
        self._lock = threading.Lock()

    def hear(self, body: bytes | str, now: float) -> None:
        """Take a message in. What is none of ours, and what we said ourselves, is left out."""
        try:
            host = json.loads(body)["hung"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if not isinstance(host, str) or not host or len(host) > _HOST_LENGTH or host == self._host:
            return
        with self._lock:
            if len(self._heard) >= _HOSTS:
                self._forget(now)
            if host in self._heard or len(self._heard) < _HOSTS:
                self._heard[host] = now

    def hung(self, now: float) -> int:
        """Other hosts that announced a hang within the last minute."""
        with self._lock:
            self._forget(now)
            return len(self._heard)

    def _forget(self, now: float) -> None:
        self._heard = {host: at for host, at in self._heard.items() if now - at <= WINDOW}
