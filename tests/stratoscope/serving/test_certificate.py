"""A certificate in files: read anew when they change, kept when they cannot be used; and when it ends."""

import ssl
from datetime import datetime
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.serving.certificate import CertificateFiles
from stratoscope.serving.der import WrongDerError, not_after
from stratoscope.serving.web_config import TlsServer
from stratoscope.settings.mistakes import SettingsError
from tests.stratoscope.serving.made import write_certificate
from tests.stratoscope.serving.test_web_config import Clock

ENDS = ["2027-03-04 05:06:07", "2049-12-31 23:59:59", "2050-01-01 00:00:00", "9999-12-31 00:00:00"]


@pytest.mark.parametrize("text", ENDS)
def test_when_a_certificate_ends_is_read_in_both_ways_of_writing_it(text: str) -> None:
    ends = datetime.fromisoformat(f"{text}+00:00")
    made = trustme.CA().issue_cert("localhost", not_after=ends)
    der = ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())
    assert not_after(der) == ends.timestamp()


@given(st.binary(max_size=200))
def test_rubbish_is_no_certificate(data: bytes) -> None:
    with pytest.raises(WrongDerError):
        not_after(data)


@given(st.integers(0, 400))
def test_a_certificate_that_is_cut_off_is_none(length: int) -> None:
    with pytest.raises(WrongDerError):
        not_after(DER[:length])


DER = ssl.PEM_cert_to_DER_cert(trustme.CA().issue_cert("localhost").cert_chain_pems[0].bytes().decode())


def tls(folder: Path) -> TlsServer:
    return TlsServer(cert_file=folder / "server.pem", key_file=folder / "server.key")


def test_new_files_are_taken_and_half_written_ones_are_not(tmp_path: Path) -> None:
    write_certificate(trustme.CA(), tmp_path)
    clock = Clock()
    files = CertificateFiles(tls(tmp_path), clock)
    first = files.current()
    other = tmp_path / "other"
    other.mkdir()
    write_certificate(trustme.CA(), other)
    (other / "server.pem").rename(tmp_path / "server.pem")
    assert files.current() is first  # not looked at yet
    clock.now += 1
    assert files.current() is first  # the certificate is new, its key is the old one
    assert (files.fine, files.read, files.refused) == (False, 0, 1)
    clock.now += 1
    assert files.current() is first
    assert files.refused == 1  # the same trouble is not told again
    (other / "server.key").rename(tmp_path / "server.key")
    clock.now += 1
    assert files.current() is not first
    assert (files.fine, files.read, files.refused) == (True, 1, 1)


def test_a_file_that_is_gone_keeps_the_old_one(tmp_path: Path) -> None:
    write_certificate(trustme.CA(), tmp_path)
    clock = Clock()
    files = CertificateFiles(tls(tmp_path), clock)
    first = files.current()
    ends = files.not_after
    (tmp_path / "server.key").unlink()
    clock.now += 1
    assert files.current() is first
    assert files.not_after == ends
    assert not files.fine


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", "\0"])
def test_at_the_start_it_must_be_right(tmp_path: Path, text: str) -> None:
    write_certificate(trustme.CA(), tmp_path)
    (tmp_path / "server.pem").write_text(text)
    with pytest.raises(SettingsError, match=r"server.pem, .*server.key: .*; are they PEM files that fit together\?"):
        CertificateFiles(tls(tmp_path))
