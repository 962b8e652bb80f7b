"""What a judge remembers over a restart of the sidecar: which main process has started."""

from probes.model import Finding, State
from probes.verdict import Judge
from tests.probes.verdict.made import RPC, evidence, fine


def started_judge() -> Judge:
    judge = Judge(RPC, "s", 0.0)
    fine(judge, 0.0, "process")
    judge.feed(evidence("process", Finding.FINE, 0.0, main_pid=7, main_started=123456789))
    assert judge.verdict(0.0).started
    return judge


def test_a_service_that_hangs_when_the_sidecar_restarts_is_called_hung_all_the_same() -> None:
    memory = started_judge().memory()
    for remembered, state in ((memory, State.HUNG), (None, State.STARTING)):
        judge = Judge(RPC, "s", 1000.0, remembered)
        for number in range(12):
            now = 1000.0 + 10 * number
            fine(judge, now, "rpc", "sockets", "main_thread", "process")
            judge.feed(evidence("rpc", Finding.SILENT, now))
            judge.feed(evidence("sockets", Finding.STUCK, now))
            judge.feed(evidence("process", Finding.FINE, now, main_pid=7, main_started=123456789))
        assert judge.verdict(1110.0).state is state


def test_another_process_is_not_remembered() -> None:
    judge = Judge(RPC, "s", 0.0, started_judge().memory())
    judge.feed(evidence("process", Finding.FINE, 1.0, main_pid=7, main_started=5))
    assert judge.verdict(1.0).state is State.STARTING


def test_rubbish_is_not_remembered() -> None:
    for rubbish in ({}, {"main_pid": "x", "main_started": None}, {"version": 9, "main_pid": 7, "main_started": 5}):
        judge = Judge(RPC, "s", 0.0, rubbish)
        judge.feed(evidence("process", Finding.FINE, 1.0, main_pid=7, main_started=5))
        assert judge.verdict(1.0).state is State.STARTING


def test_nothing_is_told_before_the_start_has_ended() -> None:
    judge = Judge(RPC, "s", 0.0)
    judge.feed(evidence("process", Finding.FINE, 1.0, main_pid=7, main_started=5))
    judge.verdict(1.0)
    assert judge.memory() == {}
