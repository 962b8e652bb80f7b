"""A real Galera node: absent, joining by a state transfer, with the wrong password, and there."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from parsers.secret import Secret
from probes.wait.model import More
from tests.probes.wait.test_servers import ask, made, once, until_there
from tests.servers.galera import GaleraCluster
from tests.servers.process import wait_until

_SLOW_TRANSFER = """\
#!/bin/sh
while [ -e {hold} ] && [ "$2" = donor ]; do sleep 0.1; done
exec wsrep_sst_rsync "$@"
"""
RIGHT, WRONG = More(password=Secret("hunter2")), More(password=Secret("hunter3"))


@pytest.mark.servers
def test_a_node_is_there_when_it_is_synced(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(prefix="transfer-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        hold, script = folder / "hold", folder / "wsrep_sst_slow"
        script.write_text(_SLOW_TRANSFER.format(hold=hold))
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        with GaleraCluster.made(2, {"wsrep_sst_method": "slow"}) as cluster:
            donor, joiner = cluster.nodes
            donor.sql("CREATE USER wait@'127.0.0.1' IDENTIFIED BY 'hunter2'")
            url = f"galera://wait@127.0.0.1:{joiner.port}"
            assert until_there(made(url, RIGHT)).text.endswith("Primary, Synced, of 2")
            wrong = made(url, WRONG)
            for _ in range(2):
                assert "check user and password" in ask(wrong).text
            wrong.close()
            assert once(f"mysql://127.0.0.1:{joiner.port}").there

            joiner.stop()  # in good order: the other one alone would be no majority
            asked = made(url, RIGHT)
            assert "connection refused" in ask(asked).text
            (joiner.data / "grastate.dat").unlink()
            hold.touch()
            joiner.start()
            wait_until(lambda: (donor.status("wsrep_local_state_comment") or "").startswith("Donor"), "it gets its data")
            assert not ask(asked).there
            hold.unlink()
            assert until_there(asked).there
