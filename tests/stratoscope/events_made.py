"""Events as the parser makes them, for tests of what comes after it."""

from typing import Any

from parsers.model import Event


def event(body: str = "Synchronizing state", *, seconds: str | None = "01.807", **changes: Any) -> Event:
    """One event; `changes` replace top-level fields, None takes one away."""
    made: Event = {
        "timestamp": f"2026-11-23T03:33:{seconds}Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "body": body,
        "resource": {"service.name": "nova"},
        "attributes": {"log.logger": "nova.compute.manager", "process.pid": 32594},
        "source": {"format": "oslo.text", "file": "nova.log", "first_line": 1, "lines": 1},
    }
    if seconds is None:
        del made["timestamp"]
    made |= {name: value for name, value in changes.items() if value is not None}
    return {name: value for name, value in made.items() if name not in changes or changes[name] is not None}


def frame(module: str, line: int, *, in_app: bool, code: str = "call()") -> dict[str, Any]:
    path = "/usr/lib/python3/site-packages/" + module.replace(".", "/") + ".py"
    return {"file": path, "line": line, "function": "run", "module": module, "code": code, "in_app": in_app}
