"""The contract of `probes.oslo.configuration`, and oslo.config itself as the one that knows."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oslo_config import cfg

from probes.oslo.configuration import Configuration, read
from probes.oslo.ini import ConfigurationError

KEYS = ("host", "transport_url", "workers")
SECTIONS = ("DEFAULT", "Default", "conductor", "CONDUCTOR")


class TestSameAsOsloConfig:
    """ "The options of a service from all its configuration files together, looked up as oslo.config looks them up." """

    words = st.sampled_from(
        ("a", "a b", "'q'", '"q"', '"', "$host", "${workers}x", r"\$host", "$$host", "x:y=z", "", "[a]", "#no")
    )
    line = st.one_of(
        st.builds("[{}]".format, st.sampled_from(SECTIONS)),
        st.builds("{}{}{}".format, st.sampled_from(KEYS), st.sampled_from((" = ", "=", ":", " : ")), words),
        st.builds("  {}".format, words),
        st.sampled_from(("", "   ", "# comment", "; comment")),
    )
    # Whether an option that is not set exists, and so stands for nothing behind a `$`, only the service knows: all are set.
    head = "\n".join(
        ["[DEFAULT]", *(f"{key} = {key[0]}" for key in KEYS), "[conductor]", *(f"{key} = {key[-1]}" for key in KEYS), ""]
    )
    good = st.lists(line, max_size=8).map("\n".join).map(head.__add__)
    file = st.one_of(good, good, st.builds("{}\n{}".format, good, st.sampled_from(("host", "= x", "[open", "[]"))))

    @given(st.lists(file, min_size=1, max_size=3))
    def test_any_files(self, texts: list[str]) -> None:
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{number}.conf" for number in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.write_text(text)
            theirs = self.theirs(paths)
            if theirs is None:
                with pytest.raises(ConfigurationError):
                    self.ours(read(paths))
            else:
                assert self.ours(read(paths)) == theirs

    @staticmethod
    def ours(configuration: Configuration) -> list[str | None]:
        return [configuration.text(section, key) for section in ("DEFAULT", "conductor") for key in KEYS]

    @staticmethod
    def theirs(paths: list[Path]) -> list[str | None] | None:
        """None where it refuses a file, or a value that refers to what is not set."""
        conf = cfg.ConfigOpts()
        options = [cfg.StrOpt(key) for key in KEYS]
        conf.register_opts(options)
        conf.register_opts(options, group="conductor")
        try:
            conf([word for path in paths for word in ("--config-file", str(path))], project="none", default_config_dirs=[])
            return [getattr(group, key) for group in (conf, conf.conductor) for key in KEYS]
        except (cfg.Error, RecursionError, AttributeError, ValueError):
            return None


def test_any_text_is_read_or_refused_in_one_line() -> None:
    @given(st.text())
    def check(text: str) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "any.conf"
            path.write_text(text, encoding="utf-8", errors="replace")
            said = ""
            try:
                read([path])
            except ConfigurationError as error:
                said = str(error)
            assert not said or said.startswith(str(path))
            assert "\n" not in said

    check()
