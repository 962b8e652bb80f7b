"""Format strings of operators, and oslo.log's own formatter set up with them, in a configuration of its own."""

import logging
import time
from dataclasses import asdict, dataclass
from functools import cache

from oslo_config import cfg
from oslo_log import formatters, log

from parsers.oslo_profile import Profile
from parsers.oslo_strings import CONTEXT_FORMAT, DATE_FORMAT, DEFAULT_FORMAT, EXCEPTION_PREFIX, USER_IDENTITY


@dataclass(frozen=True)
class Strings:
    """What may stand in nova.conf; each default is oslo.log's own."""

    logging_context_format_string: str = CONTEXT_FORMAT
    logging_default_format_string: str = DEFAULT_FORMAT
    logging_exception_prefix: str = EXCEPTION_PREFIX
    logging_user_identity_format: str = USER_IDENTITY
    log_date_format: str = DATE_FORMAT

    @property
    def profile(self) -> Profile:
        return Profile.from_oslo_strings(*asdict(self).values())

    def without(self, *pieces: str) -> "Strings":
        """The same without these pieces of text."""
        return self.with_replaced(dict.fromkeys(pieces, ""))

    def with_replaced(self, pairs: dict[str, str]) -> "Strings":
        """The same, with the pieces of text replaced in the three long strings."""
        texts = asdict(self)
        for old, new in pairs.items():
            texts = {name: text.replace(old, new) if "date" not in name else text for name, text in texts.items()}
        return Strings(**texts)

    def prints(self, field: str) -> bool:
        """Whether both forms of a head have a field."""
        piece = f"%({field})"
        return piece in self.logging_context_format_string and piece in self.logging_default_format_string


@cache
def formatter(strings: Strings) -> logging.Formatter:
    """The formatter that a service has with these strings, in UTC whatever the zone of this machine."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    conf([], project="nova", default_config_files=[], default_config_dirs=[])
    for option, value in asdict(strings).items():
        conf.set_override(option, value)
    made = formatters.ContextFormatter(project="nova", version="1", datefmt=conf.log_date_format, config=conf)
    made.converter = time.gmtime
    return made


DEFAULT = Strings()
_MS, _DOT = ".%(msecs)03d", "%(asctime)s.%(msecs)03d"
_SAP = "%(asctime)s %(process)d %(levelname)s %(name)s"
_DEVSTACK = "%(color)s%(levelname)s %(name)s"
_SYSLOG = "%(levelname)s %(name)s"
_FORM = "%(asctime)s.%(msecs)03d | %(levelname)s | %(process)d | %(name)s"
_FORM_FAILED = _FORM.replace("%(levelname)s", "ERROR")

STRINGS: dict[str, Strings] = {
    "oslo.log's own": DEFAULT,
    "Yoga and before": DEFAULT.without("%(global_request_id)s ", " %(system_scope)s"),
    "sapcc/helm-charts": Strings(
        f"{_SAP} [%(request_id)s g%(global_request_id)s %(user_identity)s] %(resource)s%(instance)s%(message)s",
        f"{_SAP} [-] %(resource)s%(instance)s%(message)s",
        "%(asctime)s %(process)d ERROR %(name)s %(resource)s%(instance)s",
        "%(user)s %(project)s %(domain)s %(user_domain)s %(project_domain)s",
    ),
    "isotime": DEFAULT.with_replaced({_DOT: "%(isotime)s"}),
    "milliseconds after a comma": DEFAULT.with_replaced({_MS: ",%(msecs)03d"}),
    "no milliseconds": DEFAULT.without(_MS),
    "no pid": DEFAULT.without("%(process)d "),
    "no time": DEFAULT.without(_DOT + " "),
    "no time, no pid": DEFAULT.without(_DOT + " ", "%(process)d "),
    "devstack without colours": Strings(
        f"{_DEVSTACK} [%(global_request_id)s %(request_id)s %(project_name)s %(user_name)s%(color)s] "
        "%(instance)s%(color)s%(message)s",
        f"{_DEVSTACK} [-%(color)s] %(instance)s%(color)s%(message)s",
        "%(color)sERROR %(name)s %(instance)s",
    ),
    "host in front": DEFAULT.with_replaced({_DOT: "%(hostname)s " + _DOT}),
    "host behind the time": DEFAULT.with_replaced({_DOT: _DOT + " %(hostname)s"}),
    "thread behind the pid": DEFAULT.with_replaced({"%(process)d ": "%(process)d %(thread)d "}),
    "thread's name in brackets": DEFAULT.with_replaced({"%(process)d ": "%(process)d (%(threadName)s) "}),
    "names, not ids": DEFAULT.with_replaced({"%(user_identity)s": "%(user_name)s %(project_name)s"}),
    "user identity named": DEFAULT.with_replaced({"%(user_identity)s": "usr %(user)s prj %(project)s dom %(domain)s"}),
    "error summary told by itself": DEFAULT.with_replaced({"%(message)s": "%(message)s: %(error_summary)s"}),
    "date as Apache's": Strings(log_date_format="%d/%b/%Y %H:%M:%S"),
    "date as syslog's": Strings(log_date_format="%b %d %H:%M:%S"),
    "American date": Strings(log_date_format="%m/%d/%y %I:%M:%S %p").without(_MS),
    "date with a zone": Strings(log_date_format="%Y-%m-%dT%H:%M:%S%z").without(_MS),
    "date with T and Z": Strings(log_date_format="%Y-%m-%dT%H:%M:%S").with_replaced({_MS: _MS + "Z"}),
    "brackets of its own": DEFAULT.with_replaced({"%(levelname)s": "[%(levelname)s]", " ERROR ": " [ERROR] "}),
    "padded level": DEFAULT.with_replaced({"%(levelname)s": "%(levelname)-8s", " ERROR ": " ERROR    "}),
    "level padded on its left": DEFAULT.with_replaced({"%(levelname)s": "%(levelname)8s", " ERROR ": "    ERROR "}),
    "bars": Strings(
        f"{_FORM} | %(request_id)s | %(message)s",
        f"{_FORM} | - | %(message)s",
        _FORM_FAILED + " | ",
    ),
    "no context words at all": Strings(f"{_FORM} | %(message)s", f"{_FORM} | %(message)s", _FORM_FAILED + " | "),
    "no dash": Strings(DEFAULT_FORMAT.replace("[-] ", ""), DEFAULT_FORMAT.replace("[-] ", "")),
    "function in front of the message": DEFAULT.with_replaced({"%(message)s": "%(funcName)s: %(message)s"}),
    "function in front of all": DEFAULT.with_replaced({_DOT: "%(funcName)s " + _DOT}),
    "file and line": DEFAULT.with_replaced({"%(name)s ": "%(name)s %(filename)s:%(lineno)d "}),
    "level first": Strings(
        "%(levelname)s %(asctime)s %(process)d %(name)s [%(request_id)s %(user_identity)s] %(instance)s%(message)s",
        "%(levelname)s %(asctime)s %(process)d %(name)s [-] %(instance)s%(message)s",
        "ERROR %(asctime)s %(process)d %(name)s %(instance)s",
    ),
    "a product's name in front": DEFAULT.with_replaced({_DOT: "sysinv " + _DOT}),
    "percent signs": DEFAULT.with_replaced({"%(levelname)s": "100%% %(levelname)s", " ERROR ": " 100%% ERROR "}),
    "only the context string set": Strings(CONTEXT_FORMAT.replace("%(global_request_id)s %(request_id)s", "%(request_id)s |")),
    "only the context string set, without milliseconds": Strings(
        f"{_SAP} [%(request_id)s g%(global_request_id)s %(user_identity)s] %(instance)s%(message)s"
    ),
    "only the default string set, without a pid": Strings(
        logging_default_format_string=DEFAULT_FORMAT.replace("%(process)d ", "")
    ),
    "only the default string set": Strings(logging_default_format_string=DEFAULT_FORMAT.replace("[-]", "(none)")),
    "context words in front": Strings(
        "%(asctime)s [%(request_id)s %(user_identity)s] %(process)d %(levelname)s %(name)s: %(message)s",
        "%(asctime)s [-] %(process)d %(levelname)s %(name)s: %(message)s",
        "%(asctime)s %(process)d ERROR %(name)s: ",
    ),
    "fields in another order with a context": Strings(
        "%(asctime)s %(name)s %(levelname)s %(process)d [%(request_id)s] %(message)s",
        "%(asctime)s %(process)d %(levelname)s %(name)s [-] %(message)s",
        "%(asctime)s %(process)d ERROR %(name)s ",
    ),
}
