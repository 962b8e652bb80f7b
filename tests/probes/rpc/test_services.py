"""RPC servers of several kinds: release, executor, workers, with and without rpc_ping."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checks.rpc import Settings, make
from probes.model import Context, Finding
from tests.probes.rpc.looking import SHORT, checking, fine, look, until
from tests.servers.oslo_environment import oslo_2024_1
from tests.servers.oslo_service import OsloService, Shape
from tests.servers.process import wait_until
from tests.servers.rabbitmq import RabbitmqNode

pytestmark = pytest.mark.servers
KINDS = [("threading", 3, "2024.1"), ("eventlet", 1, "2024.1"), ("eventlet", 3, "newest")]
"""With `threading`, 1 and the newest of `test_faults` each pair of them is there once."""


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: "-".join(map(str, kind)))
def service(
    request: pytest.FixtureRequest, broker: RabbitmqNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OsloService]:
    executor, workers, release = request.param
    python = oslo_2024_1() if release == "2024.1" else Path(sys.executable)
    shape = Shape("conductor", executor=executor, workers=workers, program="nova-conductor", python=python)
    with OsloService.made(broker, tmp_path_factory.mktemp("conductor"), shape) as made:
        yield made


def test_each_worker_answers(service: OsloService) -> None:
    with checking(service) as check:
        seen = fine(check)
    workers = service.shape.workers
    assert [seen.figure(name) for name in ("workers", "answering", "consumers")] == [workers] * 3


def test_one_worker_is_stopped(service: OsloService) -> None:
    with checking(service) as check:
        fine(check)
        service.freeze_worker(0)
        if service.shape.workers == 1:
            seen = until(check, Finding.SILENT, SHORT)
        else:
            seen = until(check, Finding.PARTIAL, SHORT)
            assert seen.service.text.startswith("2 of 3 pings to conductor.cmp001 (rpc_ping) were answered")
        assert seen.figure("answering") == service.shape.workers - 1
        assert seen.control.finding is Finding.FINE
        service.thaw()
        fine(check)


def test_a_call_into_c_blocks_all_greenlets_and_only_one_thread(service: OsloService) -> None:
    with checking(service) as check:
        fine(check)
        service.block_hub()
        until(check, Finding.SILENT if service.shape.executor == "eventlet" else Finding.FINE, SHORT)
        service.release()
        fine(check)


def test_a_worker_that_died_is_replaced(service: OsloService) -> None:
    if service.shape.workers == 1:
        return  # nobody is there to start another
    with checking(service, workers=3) as check:
        fine(check)
        service.kill_worker(0)
        fine(check)


@pytest.fixture(scope="module")
def quiet(broker: RabbitmqNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OsloService]:
    shape = Shape("l3_agent", "neutron", rpc_ping=False, program="neutron-l3-agent")
    with OsloService.made(broker, tmp_path_factory.mktemp("agent"), shape) as made:
        yield made


class TestWithoutRpcPing:
    def test_a_method_that_it_has(self, quiet: OsloService) -> None:
        with checking(quiet, method="ping", namespace="baseapi", version="1.1", arguments={"arg": "x"}) as check:
            assert " answered ping in " in fine(check).service.text
        assert quiet.errors() == []

    def test_a_method_that_nobody_has(self, quiet: OsloService) -> None:
        with checking(quiet, method="stratoscope_ignore_errors", version="1.0", expect="no_such_method") as check:
            assert fine(check).figure("answering") == 1
        assert quiet.errors() == []

    def test_nothing_to_ping_with(self, quiet: OsloService) -> None:
        with checking(quiet) as check:
            seen = look(check)
            assert (seen.finding, seen.control.finding) == (Finding.UNKNOWN, Finding.FINE)
            assert seen.service.text.startswith("nothing to ping with: set rpc_ping_enabled = true")

    def test_what_the_service_logs_as_an_error_is_asked_once(self, quiet: OsloService) -> None:
        with checking(quiet, method="ping", namespace="baseapi", version="7.0") as check:
            seen = look(check)
            assert seen.finding is Finding.FINE  # it took the message, looked at it and answered
            assert "with UnsupportedVersion (Endpoint does not support RPC version 7.0" in seen.service.text
            for _ in range(3):
                seen = look(check)
                assert seen.finding is Finding.UNKNOWN
                assert "no pings any more, as the service logs each as an error: ping (UnsupportedVersion" in seen.service.text
        wait_until(lambda: bool(quiet.errors()), "the one error is in the log")
        assert len([line for line in quiet.errors() if " ERROR " in line]) == 1

    def test_rpc_ping_where_it_is_not_there_falls_back(self, quiet: OsloService) -> None:
        settings = Settings("l3_agent", "neutron", method="stratoscope_ignore_errors", version="1.0", expect="no_such_method")
        files = (quiet.config, quiet.config.with_name("later.conf"))
        files[1].write_text("[DEFAULT]\nrpc_ping_enabled = true\n")
        check = make(settings, Context("neutron-l3-agent", config_files=files, host="probe"))
        assert look(check).finding is Finding.FINE
        assert " answered stratoscope_ignore_errors in " in look(check).service.text
        check.close()


def test_each_back_end_is_a_server_of_its_own(broker: RabbitmqNode, tmp_path: Path) -> None:
    shapes = [Shape("cinder-volume", "openstack", host=host, program="cinder-volume") for host in ("cin1@lvm", "shared@ceph")]
    with OsloService.made(broker, tmp_path, shapes[0]) as lvm, OsloService.made(broker, tmp_path, shapes[1]) as ceph:
        files = (lvm.config, tmp_path / "cinder.conf")
        files[1].write_text("[DEFAULT]\nhost = cin1\nenabled_backends = lvm,ceph\n[ceph]\nbackend_host = shared\n")
        check = make(Settings("cinder-volume", server="{host}@{backend}"), Context("cinder-volume", config_files=files))
        assert fine(check).figure("answering") == 2
        ceph.freeze()
        seen = until(check, Finding.PARTIAL, SHORT)
        assert seen.service.about == "ceph"
        assert seen.service.text.startswith("cinder-volume.shared@ceph did not answer rpc_ping")
        lvm.freeze()
        assert until(check, Finding.SILENT, SHORT).service.about == "lvm, ceph"
        lvm.thaw()
        ceph.thaw()
        fine(check)
        check.close()
