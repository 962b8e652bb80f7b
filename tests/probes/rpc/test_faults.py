"""Fault x evidence: a real broker and a real RPC server, one fault at a time, and what a look says of it.

What a verdict makes of the evidence is not looked at here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from parsers.secret import Secret
from probes.checks.rpc import RpcCheck, Settings, make
from probes.model import Context, Finding
from probes.rpc.settings import RpcTls
from tests.probes.rpc.looking import SHORT, checking, fine, look, until
from tests.servers.oslo_service import OsloService, Shape
from tests.servers.process import free_port, wait_until
from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode, ServerCertificate

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def service(broker: RabbitmqNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OsloService]:
    with OsloService.made(broker, tmp_path_factory.mktemp("compute"), Shape()) as made:
        yield made


@pytest.fixture
def check(service: OsloService) -> Iterator[RpcCheck]:
    """It has seen the service well."""
    with checking(service) as made:
        fine(made)
        yield made


@contextmanager
def frozen(service: OsloService) -> Iterator[None]:
    """Whatever comes of it, the next test finds the service as it was."""
    service.freeze()
    try:
        yield
    finally:
        service.thaw()


@contextmanager
def exhausted(service: OsloService) -> Iterator[None]:
    """All threads of its pool are busy."""
    service.exhaust()
    try:
        yield
    finally:
        service.release()


@contextmanager
def unbound(service: OsloService) -> Iterator[None]:
    """Its own queue has lost its binding."""
    service.unbind()
    try:
        yield
    finally:
        service.bind()


def url(broker: RabbitmqNode, login: str = "guest:guest", more: str = "/") -> Secret:
    return Secret(f"rabbit://{login}@127.0.0.1:{broker.amqp}{more}")


class TestTheService:
    def test_healthy(self, service: OsloService, check: RpcCheck) -> None:
        seen = look(check)
        assert (seen.finding, seen.control.finding) == (Finding.FINE, Finding.FINE)
        assert [seen.figure(name) for name in ("workers", "answering", "consumers", "fleet", "late", "open")] == [
            1,
            1,
            1,
            1,
            0,
            0,
        ]
        assert 0 < seen.figure("control_seconds") < 30
        assert seen.figure("queueing_seconds") == max(0.0, seen.figure("ping_seconds") - seen.figure("control_seconds"))
        assert seen.control.figures == {"control_seconds": seen.figure("control_seconds")}
        assert seen.service.text.startswith("compute.cmp001: 1 of 1 answered rpc_ping in ")

    def test_stopped_by_a_signal(self, service: OsloService, check: RpcCheck) -> None:
        with frozen(service):
            seen = until(check, Finding.SILENT, SHORT)
        assert seen.control.finding is Finding.FINE
        assert (seen.figure("consumers"), seen.figure("answering")) == (1, 0)
        assert "compute.cmp001 did not answer rpc_ping in " in seen.service.text
        assert "our own message through 127.0.0.1:" in seen.service.text
        assert fine(check).figure("late") >= 0

    def test_pool_exhausted(self, service: OsloService, check: RpcCheck) -> None:
        with exhausted(service):
            seen = until(check, Finding.SILENT, SHORT)
        assert seen.control.finding is Finding.FINE
        fine(check)

    def test_answers_that_come_too_late_are_no_silence(self, service: OsloService, check: RpcCheck) -> None:
        def drained() -> bool:
            with exhausted(service):
                until(check, Finding.SILENT, SHORT)
            with checking(service, host="another") as other:
                fine(other)  # so the answers to what was open are on their way
            service.exhaust()
            seen = look(check, SHORT)
            service.release()
            fine(check)
            return seen.finding is Finding.DRAINED and seen.figure("late") >= 1

        wait_until(drained, "late answers are noticed, by a look for which the machine was quick enough")

    def test_binding_lost(self, service: OsloService, check: RpcCheck) -> None:
        with unbound(service):
            seen = until(check, Finding.LOST_ROUTE)
        assert seen.control.finding is Finding.FINE
        assert "the exchange nova has no way to compute.cmp001: its binding is lost" in seen.service.text
        assert "its queue itself answers in" in seen.service.text
        fine(check)

    def test_binding_lost_and_stopped(self, service: OsloService, check: RpcCheck) -> None:
        def silent() -> bool:
            return "no answer either in compute.cmp001 itself" in until(check, Finding.LOST_ROUTE, SHORT).service.text

        with unbound(service), frozen(service):
            wait_until(silent, "its own queue is silent as well")
        fine(check)

    def test_queue_gone(self, service: OsloService, check: RpcCheck) -> None:
        with frozen(service):  # else it would declare the queue anew
            service.delete_queue()
            seen = until(check, Finding.LOST_ROUTE)
        assert seen.service.text.startswith("the queue compute.cmp001 is gone: no request reaches the service")
        assert seen.control.finding is Finding.FINE
        fine(check)

    def test_process_dead_and_started_again(self, service: OsloService, check: RpcCheck) -> None:
        service.stop()
        try:
            seen = until(check, Finding.GONE, SHORT)
        finally:
            service.start()
        assert seen.service.text.startswith("nobody consumes compute.cmp001 any more (1 did)")
        assert seen.control.finding is Finding.FINE
        assert fine(check).figure("open") == 0

    def test_not_started_yet(self, service: OsloService) -> None:
        with checking(service, topic="other") as check:
            assert "there is no queue other.cmp001 so far" in until(check, Finding.NOT_YET).service.text
        with checking(service, exchange="other", server="cmp001") as check:
            assert "there is no exchange other at 127.0.0.1:" in until(check, Finding.NOT_YET).service.text

    def test_fewer_workers_than_there_should_be(self, service: OsloService) -> None:
        with checking(service, workers=2) as check:
            seen = until(check, Finding.NOT_YET)
            assert seen.service.text.startswith("1 of 2 workers consume compute.cmp001 so far")
            assert (seen.figure("workers"), seen.figure("consumers")) == (2, 1)

    def test_its_own_host_setting_counts_and_not_the_name_of_the_machine(
        self, service: OsloService, broker: RabbitmqNode
    ) -> None:
        context = Context("nova-compute", config_files=service.files, host="machine")
        check = make(Settings("compute", "nova"), context)
        assert fine(check).service.text.startswith("compute.cmp001:")
        check.close()
        blind = make(Settings("compute", "nova", url=url(broker)), Context("nova-compute", host="machine"))
        assert "no queue compute.machine so far" in until(blind, Finding.NOT_YET).service.text
        blind.close()


class TestTheBroker:
    def test_refused(self, service: OsloService) -> None:
        with checking(service, url=Secret(f"rabbit://guest:guest@127.0.0.1:{free_port()}/")) as check:
            seen = look(check)
        assert [seen.finding, seen.control.finding] == [Finding.DEPENDENCY] * 2
        assert seen.service.about == "broker"
        assert "connection refused" in seen.service.text

    def test_hung(self, broker: RabbitmqNode, check: RpcCheck, service: OsloService) -> None:
        broker.freeze()
        try:
            seen = until(check, Finding.DEPENDENCY, SHORT)
            assert seen.control.finding is Finding.DEPENDENCY
            assert "hangs or is overloaded" in seen.service.text
            with checking(service, host="another", connect_timeout=0.5) as other:
                assert "takes connections and says nothing: the broker hangs" in look(other, SHORT).service.text
        finally:
            broker.thaw()
        fine(check)

    def test_memory_alarm(self, cluster: RabbitmqCluster, broker: RabbitmqNode, check: RpcCheck) -> None:
        broker.control("set_vm_memory_high_watermark", "absolute", "1")
        try:
            seen = until(check, Finding.DEPENDENCY)
            assert "blocks who publishes: low on memory; look at its memory and disk alarms" in seen.service.text
            assert seen.control.finding is Finding.DEPENDENCY
            assert look(check, SHORT).finding is Finding.DEPENDENCY
        finally:
            broker.control("set_vm_memory_high_watermark", "absolute", "4GB")
        fine(check)

    def test_stopped_and_started_again(self, broker: RabbitmqNode, check: RpcCheck) -> None:
        broker.control("stop_app")
        try:
            until(check, Finding.DEPENDENCY, SHORT)
            wait_until(lambda: "connection refused" in look(check, SHORT).service.text, "it is refused")
        finally:
            broker.control("start_app")
        fine(check)

    def test_a_connection_that_broke_between_two_looks_is_no_finding(self, broker: RabbitmqNode, check: RpcCheck) -> None:
        broker.control("close_all_connections", "a test")
        assert look(check).finding in {Finding.FINE, Finding.GONE}  # the service has lost its own as well
        fine(check)

    def test_wrong_password(self, broker: RabbitmqNode, service: OsloService) -> None:
        with checking(service, url=url(broker, "guest:s3cret")) as check:
            seen = look(check)
        assert seen.finding is Finding.DEPENDENCY
        assert "wrong password, or no user guest; does transport_url have it right?" in seen.service.text
        assert "s3cret" not in seen.service.text

    def test_no_virtual_host(self, broker: RabbitmqNode, service: OsloService) -> None:
        with checking(service, url=url(broker, more="/missing")) as check:
            seen = look(check)
        assert seen.finding is Finding.DEPENDENCY
        assert "vhost missing not found; does transport_url name the right virtual host?" in seen.service.text

    def test_several_hosts_of_which_the_first_is_dead(self, broker: RabbitmqNode, service: OsloService) -> None:
        dead = free_port()
        both = Secret(f"rabbit://guest:guest@127.0.0.1:{dead},guest:guest@127.0.0.1:{broker.amqp}/")
        with checking(service, url=both) as check:
            assert f"through 127.0.0.1:{broker.amqp} took" in fine(check).control.text
        with checking(service, url=Secret(f"rabbit://a:b@127.0.0.1:{dead},a:b@127.0.0.1:{broker.amqp}/")) as check:
            text = look(check).service.text
        assert f"127.0.0.1:{dead}: connection refused" in text
        assert "wrong password, or no user a" in text


class TestTls:
    def test_as_the_services_own_files_say(
        self, broker: RabbitmqNode, service: OsloService, certificate: ServerCertificate
    ) -> None:
        path = f"/?ssl=1&ssl_ca_file={certificate.ca}"
        address = Secret(f"rabbit://guest:guest@127.0.0.1:{broker.amqp_tls}{path}")
        with checking(service, url=address) as check:
            fine(check)  # though the certificate is for localhost: oslo.messaging does not look at that either
        with checking(service, url=address, tls=RpcTls(verify_host=True)) as check:
            seen = look(check)
            assert seen.finding is Finding.DEPENDENCY
            assert "TLS: CERTIFICATE_VERIFY_FAILED" in seen.service.text

    def test_settings_of_the_probe_go_before(
        self, broker: RabbitmqNode, service: OsloService, certificate: ServerCertificate
    ) -> None:
        address = Secret(f"rabbit://guest:guest@localhost:{broker.amqp_tls}/")
        with checking(service, url=address, tls=RpcTls(ca=certificate.ca, verify_host=True)) as check:
            fine(check)

    def test_a_file_that_is_not_there_says_nothing_about_the_broker(self, broker: RabbitmqNode, service: OsloService) -> None:
        address = Secret(f"rabbit://guest:guest@localhost:{broker.amqp_tls}/")
        with checking(service, url=address, tls=RpcTls(ca=Path("/missing.pem"))) as check:
            seen = look(check)
        assert seen.finding is Finding.UNKNOWN
        assert "TLS: /missing.pem cannot be used (No such file or directory); mount" in seen.service.text

    def test_an_authority_that_is_not_trusted(self, broker: RabbitmqNode, service: OsloService) -> None:
        address = Secret(f"rabbits://guest:guest@localhost:{broker.amqp_tls}/")
        with checking(service, url=address) as check:
            assert "TLS: CERTIFICATE_VERIFY_FAILED" in look(check).service.text

    def test_a_plain_connection_to_a_port_that_wants_tls(self, broker: RabbitmqNode, service: OsloService) -> None:
        with checking(service, url=Secret(f"rabbit://guest:guest@localhost:{broker.amqp_tls}/")) as check:
            seen = look(check)
        assert seen.finding is Finding.DEPENDENCY
        assert f"localhost:{broker.amqp_tls}: " in seen.service.text


class TestRights:
    """A user of the probe's own, who may not do everything."""

    def test_the_least_ones_of_the_document(self, broker: RabbitmqNode, service: OsloService) -> None:
        ours = "reply_stratoscope_|stratoscope_probe_"
        least = {"configure": f"^({ours})", "write": f"^({ours}|nova$|amq.default$)", "read": f"^({ours})"}
        broker.api("PUT", "/users/least", json={"password": "least", "tags": ""})
        broker.api("PUT", "/permissions/%2F/least", json=least)
        try:
            with checking(service, url=url(broker, "least:least")) as check:
                assert "may not" not in fine(check).service.text
        finally:
            broker.api("DELETE", "/users/least")

    @pytest.mark.parametrize(
        ("configure", "write", "finding", "said"),
        [
            ("^reply_stratoscope_", ".*", Finding.FINE, "give it configure, write and read on ^stratoscope_probe_"),
            ("^$", ".*", Finding.UNKNOWN, "give it configure, write and read on ^reply_stratoscope_"),
            (".*", "^(amq.default|reply_.*|stratoscope_.*)$", Finding.UNKNOWN, "refuses pings to the exchange nova"),
        ],
    )
    def test_what_is_missing_is_told(
        self, broker: RabbitmqNode, service: OsloService, configure: str, write: str, finding: Finding, said: str
    ) -> None:
        broker.api("PUT", "/users/weak", json={"password": "weak", "tags": ""})
        broker.api("PUT", "/permissions/%2F/weak", json={"configure": configure, "write": write, "read": ".*"})
        try:
            with checking(service, url=url(broker, "weak:weak")) as check:
                seen = until(check, finding)
                assert said in seen.service.text
                assert seen.control.finding in {Finding.FINE, finding}
        finally:
            broker.api("DELETE", "/users/weak")

    def test_configuration_that_cannot_be_read(self, tmp_path: Path) -> None:
        missing = tmp_path / "nova.conf"
        check = make(Settings("compute", "nova"), Context("nova-compute", config_files=(missing,)))
        seen = look(check)
        assert [seen.finding, seen.control.finding] == [Finding.UNKNOWN] * 2
        assert seen.service.text.startswith(f"{missing}: no such file or directory; mount")
        check.close()
