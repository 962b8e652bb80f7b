"""What makes two failures one, and what does not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.fingerprint import CURRENT, RULES, fingerprint, normalise_logger
from parsers.model import ExceptionInfo, Frame
from parsers.tracebacks import parse

RECORDED = Path(__file__).parents[1] / "data" / "fingerprint"

MANAGER = Frame(
    "/usr/lib/python3/dist-packages/nova/compute/manager.py", 10, "build", "nova.compute.manager", "x()", in_app=True
)
RPC = Frame(
    "/usr/lib/python3/dist-packages/oslo_messaging/rpc/server.py",
    5,
    "_process",
    "oslo_messaging.rpc.server",
    None,
    in_app=False,
)
SCRIPT = Frame("/usr/bin/nova-compute", 8, "<module>", None, None, in_app=False)
KEY_ERROR = ExceptionInfo("KeyError", "'a'", "root", (RPC, MANAGER))
OUTER = ExceptionInfo("nova.exception.Invalid", "it", "context", (MANAGER,))


def of(*exceptions: ExceptionInfo, logger: str | None = "nova.x", template: str = "Failed") -> str:
    return fingerprint(exceptions, logger, template)


# Written down when the rule was published. If one of these changes, a published rule was edited: add a dated rule instead.
@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ((), "2026-11-23:52f652b79de1d4bb"),
        ((KEY_ERROR,), "2026-11-23:34adc592fc68c86b"),
        ((KEY_ERROR, OUTER), "2026-11-23:2e3fabb69b9429e8"),
        ((ExceptionInfo("OSError", "x", "root", (SCRIPT,)),), "2026-11-23:ba724b040a6337f5"),
    ],
)
def test_the_ids_of_the_published_rule_stay(exceptions: tuple[ExceptionInfo, ...], expected: str) -> None:
    assert of(*exceptions) == expected


def test_the_newest_rule_is_used_and_stands_in_the_id() -> None:
    assert max(RULES) == CURRENT
    assert of(KEY_ERROR).startswith(f"{CURRENT}:")


def test_lines_sources_messages_notes_and_links_do_not_count() -> None:
    other = Frame(
        "/opt/py36/lib/site-packages/nova/compute/manager.py", 999, "build", "nova.compute.manager", None, in_app=True
    )
    assert of(KEY_ERROR) == of(ExceptionInfo("KeyError", "'b'", "cause", (RPC, other), notes=("n",)))


def test_one_failure_printed_by_python_3_6_and_by_3_13_is_one() -> None:
    old, new = (parse((RECORDED / name).read_text(encoding="utf-8")).exceptions for name in ("python36.txt", "python313.txt"))
    assert old[0].frames[-1].function == "<listcomp>"
    assert new[0].frames[-1].function == "_find"
    assert of(*old) == of(*new)


def test_logger_and_template_do_not_count_beside_an_exception() -> None:
    assert of(KEY_ERROR) == of(KEY_ERROR, logger=None, template="Other")


def test_library_frames_count_only_where_no_project_frame_stands() -> None:
    assert of(KEY_ERROR) == of(replace(KEY_ERROR, frames=(MANAGER,)))
    alone = ExceptionInfo("KeyError", "", "root", (RPC,))
    assert of(alone) != of(replace(alone, frames=(RPC, SCRIPT)))
    assert of(alone, OUTER) == of(replace(alone, frames=()), OUTER)


def test_a_recursion_and_a_retry_loop_have_no_depth() -> None:
    other = replace(MANAGER, function="retry")
    assert of(replace(OUTER, frames=(MANAGER, other) * 9)) == of(replace(OUTER, frames=(MANAGER, other)))
    assert of(KEY_ERROR, OUTER, OUTER, OUTER) == of(KEY_ERROR, OUTER)


@pytest.mark.parametrize("name", ["builtins.KeyError", "exceptions.KeyError", "KeyError"])
def test_a_builtin_exception_has_one_name_in_every_python(name: str) -> None:
    assert of(replace(KEY_ERROR, type=name)) == of(KEY_ERROR)


@pytest.mark.parametrize("function", ["<listcomp>", "<setcomp>", "<dictcomp>"])
def test_a_comprehension_is_no_place(function: str) -> None:
    assert of(replace(OUTER, frames=(MANAGER, replace(MANAGER, function=function)))) == of(OUTER)


def test_type_module_function_order_and_chain_count() -> None:
    variants = [
        (KEY_ERROR,),
        (replace(KEY_ERROR, type="ValueError"),),
        (replace(KEY_ERROR, frames=(replace(MANAGER, function="other"),)),),
        (replace(KEY_ERROR, frames=(replace(MANAGER, module="nova.api"),)),),
        (KEY_ERROR, OUTER),
        (OUTER, KEY_ERROR),
        (),
    ]
    assert len({of(*variant) for variant in variants}) == len(variants)


def test_without_exceptions_logger_and_template_count() -> None:
    assert of() != of(template="Other")
    assert of() != of(logger="nova.y")
    assert of(logger="oslo.messaging._drivers") == of(logger="oslo_messaging._drivers")


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("oslo.messaging._drivers.impl_rabbit", "oslo_messaging._drivers.impl_rabbit"),
        ("oslo_messaging._drivers.amqpdriver", "oslo_messaging._drivers.amqpdriver"),
        ("os_brick.initiator", "os_brick.initiator"),
        ("oslo", "oslo"),
        ("", ""),
    ],
)
def test_a_logger_has_one_name(name: str, normal: str) -> None:
    assert normalise_logger(name) == normal


@given(st.text(), st.text(), st.text())
def test_an_id_has_a_date_and_16_hexadecimal_digits(kind: str, logger: str, template: str) -> None:
    for exceptions in ([], [ExceptionInfo(kind, "", "root")]):
        rule, _, digits = fingerprint(exceptions, logger, template).partition(":")
        assert rule == CURRENT
        assert len(digits) == 16
        assert int(digits, 16) >= 0
