"""What a service's own files say that it needs."""

from pathlib import Path

import pytest

from parsers.secret import Secret
from probes.oslo.ini import ConfigurationError
from probes.wait.model import Checked, Rabbit
from probes.wait.oslo import targets_in

FILE = Path(__file__).parents[2] / "data" / "probes" / "wait" / "nova.conf"


def test_broker_database_and_keystone_with_their_logins() -> None:
    broker, database, keystone = targets_in([FILE], "cmp001")
    assert isinstance(broker, Rabbit)
    assert broker.shown == "rabbit://127.0.0.1:1,127.0.0.1:2/nova"
    assert broker.login
    assert broker.transport.brokers[0].password == Secret("r@bbit-s3cret")
    assert isinstance(database, Checked)
    assert database.shown == "mysql://nova@mariadb.openstack.svc.cluster.local:3306"
    assert database.options["password"] == Secret("db-s3cret")
    assert isinstance(keystone, Checked)
    assert keystone.options["url"] == "http://keystone-api.openstack.svc.cluster.local:5000/v3"
    assert "s3cret" not in repr((broker, database, keystone))


def written(folder: Path, text: str) -> Path:
    path = folder / "service.conf"
    path.write_text(text)
    return path


def test_tls_of_the_database_is_that_of_the_service(tmp_path: Path) -> None:
    path = written(tmp_path, "[database]\nconnection = mysql://n:p@[::1]/nova?ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem\n")
    (found,) = targets_in([path], "cmp001")
    assert isinstance(found, Checked)
    assert found.options["address"] == "tcp:[::1]:3306"
    assert str(found.options["tls"]).count(".pem") == 3


def test_an_auth_url_without_a_port_is_that_of_http(tmp_path: Path) -> None:
    path = written(tmp_path, "[keystone_authtoken]\nauth_url = https://keystone.example/identity\n")
    (found,) = targets_in([path], "cmp001")
    assert isinstance(found, Checked)
    assert found.options["url"] == "https://keystone.example:443/identity/v3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[DEFAULT]\ndebug = true\n", "neither transport_url nor"),
        ("[database]\nconnection = sqlite:////var/lib/x.db\n", "neither transport_url nor"),
        ("[database]\nconnection = mysql://n:hunter2@db:port/x\n", "connection is no URL"),
        ("[keystone_authtoken]\nauth_url = http://u:hunter2@ks:port/\n", "[keystone_authtoken] auth_url"),
        ("[DEFAULT]\ntransport_url = kafka://u:hunter2@x\n", "only RabbitMQ"),
    ],
)
def test_a_mistake_in_the_files_names_the_option_and_no_secret(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        targets_in([written(tmp_path, text)], "cmp001")
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="no such file"):
        targets_in([Path("/nonexistent/nova.conf")], "cmp001")
