"""Reading a service's files: what stands where, and errors that a person can act on."""

from pathlib import Path

import pytest

from probes.oslo.configuration import Configuration, read, stamp
from probes.oslo.ini import ConfigurationError
from probes.oslo.messaging import messaging

NOVA = """\
[DEFAULT]
# transport_url = rabbit://commented
transport_url = rabbit://nova:s%40fe@rabbit-0:5672,nova:s%40fe@rabbit-1:5672/nova
host = ${conductor.prefix}-one
rpc_ping_enabled = True
enabled_backends = lvm, "ceph"

[conductor]
prefix = cmp
workers = 3

[Oslo_Messaging_Rabbit]
rabbit_use_ssl = true
ssl_ca_file = /etc/ca.pem
kombu_ssl_certfile = /etc/cert.pem
"""


def configured(folder: Path, text: str = NOVA, **more: str) -> Configuration:
    paths = [folder / "nova.conf"]
    paths[0].write_text(text)
    for name, content in more.items():
        paths.append(folder / f"{name}.conf")
        paths[-1].write_text(content)
    return read(paths)


def test_what_messaging_goes_by(tmp_path: Path) -> None:
    found = messaging(configured(tmp_path))
    first, second = found.transport.brokers
    assert (str(first), first.user, first.password.reveal()) == ("rabbit-0:5672", "nova", "s@fe")
    assert second.host == "rabbit-1"
    assert found.transport.virtual_host == "nova"
    assert (found.host, found.exchange, found.rpc_ping, found.login_method) == ("cmp-one", None, True, "AMQPLAIN")
    assert found.tls is not None
    assert (found.tls.ca, found.tls.certificate, found.tls.key) == (Path("/etc/ca.pem"), Path("/etc/cert.pem"), None)
    assert not found.tls.verify_host


def test_what_stands_behind_the_question_mark_goes_before_the_files(tmp_path: Path) -> None:
    text = NOVA.replace("/nova\n", "/nova?ssl=0&rabbit_login_method=plain&ssl_ca_file=/other\n")
    found = messaging(configured(tmp_path, text))
    assert (found.tls, found.login_method) == (None, "PLAIN")


def test_a_later_file_goes_before_an_earlier_one(tmp_path: Path) -> None:
    found = configured(tmp_path, second="[DEFAULT]\nhost = other\n[oslo_messaging_rabbit]\nrabbit_use_ssl = false\n")
    assert messaging(found).host == "other"
    assert messaging(found).tls is None


def test_a_folder_gives_its_files_by_name_and_may_be_missing(tmp_path: Path) -> None:
    folder = tmp_path / "nova.conf.d"
    folder.mkdir()
    (folder / "b.conf").write_text("[DEFAULT]\nhost = b\n")
    (folder / "a.conf").write_text("[DEFAULT]\nhost = a\n")
    (folder / "z.txt").write_text("[DEFAULT]\nhost = z\n")
    found = read([folder, tmp_path / "missing.conf.d"])
    assert found.text("DEFAULT", "host") == "b"


def test_a_list(tmp_path: Path) -> None:
    assert configured(tmp_path).words("DEFAULT", "enabled_backends") == ("lvm", "ceph")


def test_a_value_over_several_lines(tmp_path: Path) -> None:
    found = configured(tmp_path, "[DEFAULT]\ntransport_url = rabbit://a:b@one:1,\n   a:b@two:2/v\n\n[x]\ny = 1\n")
    assert [broker.host for broker in messaging(found).transport.brokers] == ["one", "two"]


def test_what_stands_in_no_file_and_is_known(tmp_path: Path) -> None:
    path = tmp_path / "nova.conf"
    path.write_text("[DEFAULT]\nname = x-$host\n")
    assert read([path], {("DEFAULT", "host"): "cmp1"}).text("DEFAULT", "name") == "x-cmp1"


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "nova.conf"
    before = stamp([path])
    path.write_text("[DEFAULT]\n")
    assert stamp([path]) != before
    assert stamp([path]) == stamp([path])


WRONG = {
    "  a = b": "1: an indented line that goes on with nothing",
    "a = b": "1: a stands above all sections; put [DEFAULT] above it",
    "[DEFAULT": "1: a section that is not [NAME]",
    "[DEFAULT]\ngarbage s3cret": "2: neither a section, a comment nor KEY = VALUE",
    "[DEFAULT]\n= s3cret": "2: neither a section, a comment nor KEY = VALUE",
    "[DEFAULT]\nhost = x": "none of the files sets [DEFAULT] transport_url",
    "[DEFAULT]\ntransport_url = kafka://u:s3cret@x": "2: transport_url begins with 'kafka', and not with rabbit://",
    "[DEFAULT]\ntransport_url = rabbit://u:s3cret@x:y": "2: transport_url has a host that is not HOST:PORT",
    "[DEFAULT]\ntransport_url = rabbit://u:s3cret@:5": "2: transport_url has a host that is not HOST:PORT",
    "[DEFAULT]\ntransport_url = rabbit://$user:s3cret@x": "2: [DEFAULT] transport_url refers to $user, which stands in none",
    "[DEFAULT]\ntransport_url = $transport_url": "2: [DEFAULT] transport_url refers to itself by $transport_url",
    "[DEFAULT]\nrpc_ping_enabled = s3cret\ntransport_url = rabbit://h": "2: [DEFAULT] rpc_ping_enabled is not true or false",
    "[DEFAULT]\ntransport_url = rabbit://h?ssl=s3cret": "transport_url:1: [oslo_messaging_rabbit] ssl is not true or false",
    "[DEFAULT]\ntransport_url = rabbit://h?rabbit_login_method=KERBEROS": "rabbit_login_method 'KERBEROS' is none of AMQPLAIN",
}


@pytest.mark.parametrize("text", WRONG)
def test_an_error_names_the_place_and_no_value(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        messaging(configured(tmp_path, text))
    assert WRONG[text] in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or directory; mount the service's configuration into"):
        read([tmp_path / "nova.conf"])
    large = tmp_path / "large.conf"
    large.write_text("#" * (5 << 20))
    with pytest.raises(ConfigurationError, match="more than 4 MB; is this a configuration file"):
        read([large])


def test_no_password_is_shown(tmp_path: Path) -> None:
    found = configured(tmp_path)
    assert "s%40fe" not in repr(found.assignment("DEFAULT", "transport_url"))
    assert "s@fe" not in repr(messaging(found))
