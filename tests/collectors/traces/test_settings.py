from dataclasses import replace
from typing import Any

import pytest

from collectors.sinks.settings import OtlpHttpSettings
from collectors.traces.settings import AssemblySettings, TraceSettings

FINE = TraceSettings(to=OtlpHttpSettings(url="http://collector:4318"))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"to": OtlpHttpSettings(url="")}, "to.url"),
        ({"assembly": AssemblySettings(idle=0.0)}, "assembly.idle"),
        ({"assembly": AssemblySettings(idle=50.0, longest=40.0)}, "assembly.idle"),
        ({"assembly": AssemblySettings(memory=5)}, "assembly.memory"),
        ({"assembly": AssemblySettings(requests=0)}, "assembly.requests"),
        ({"batch": 0}, "batch"),
        ({"batch": 11, "waiting": 10}, "batch"),
        ({"timeout": 0.0}, "timeout"),
    ],
)
def test_each_mistake_is_told_under_its_key(changes: dict[str, Any], key: str) -> None:
    assert [told for told, _ in replace(FINE, **changes).mistakes()] == [key]
    assert list(FINE.mistakes()) == []
