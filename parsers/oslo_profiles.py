"""The oslo.log format strings that deployments ship, each with where it was found. Order is the order of trying."""

from parsers.oslo_profile import Profile, compile_profile
from parsers.oslo_strings import CONTEXT_FORMAT, DEFAULT_FORMAT, EXCEPTION_PREFIX, USER_IDENTITY

_FIVE_WORDS = "%(user)s %(project)s %(domain)s %(user_domain)s %(project_domain)s"
_CONTEXT_TO_YOGA = CONTEXT_FORMAT.replace("%(global_request_id)s ", "")
_IDENTITIES = (USER_IDENTITY, _FIVE_WORDS)


def _without(text: str, *pieces: str) -> str:
    for piece in pieces:
        text = text.replace(piece, "")
    return text


_HEAD = "%(process)d %(levelname)s %(name)s"
_NAMED = "usr %(user)s prj %(project)s dom %(domain)s usr-dom %(user_domain)s prj-dom %(project_domain)s"
_COLOURED = "%(color)s%(levelname)s %(name)s"
_NAMES = "%(project_name)s %(user_name)s%(color)s"
_PID = "%(process)d "
_TIME = "%(asctime)s.%(msecs)03d "

DEFAULT = compile_profile(
    "default",  # oslo.log's own, Pike to now: 1 or 2 request ids and 5 or 6 identity words, as config and library differ in age
    [CONTEXT_FORMAT, _CONTEXT_TO_YOGA],
    DEFAULT_FORMAT,
    EXCEPTION_PREFIX,
    _IDENTITIES,
)

PROFILES: tuple[Profile, ...] = (
    DEFAULT,
    compile_profile(
        "sapcc",  # sapcc/helm-charts openstack/utils/templates/_ini_sections.tpl: request id first, `g` glued to the global one
        [f"%(asctime)s {_HEAD} [%(request_id)s g%(global_request_id)s %(user_identity)s] %(resource)s%(instance)s%(message)s"],
        "%(asctime)s %(process)d %(levelname)s %(name)s [-] %(resource)s%(instance)s%(message)s",
        "%(asctime)s %(process)d ERROR %(name)s %(resource)s%(instance)s",
        _IDENTITIES,
    ),
    compile_profile(
        "sapcc-keystone",  # sapcc/helm-charts openstack/keystone/templates/etc/_keystone.conf.tpl: no time, Apache gives it
        [
            f"{_HEAD} [%(request_id)s g%(global_request_id)s {_NAMED}] %(instance)s%(message)s",
        ],
        "%(process)d %(levelname)s %(name)s [-] %(instance)s%(message)s",
        "%(process)d ERROR %(name)s %(instance)s",
    ),
    compile_profile(
        "no-pid",  # charts that find the pid useless, as it is 1 or 7 in every pod
        [_without(CONTEXT_FORMAT, _PID), _without(_CONTEXT_TO_YOGA, _PID)],
        _without(DEFAULT_FORMAT, _PID),
        _without(EXCEPTION_PREFIX, _PID),
        _IDENTITIES,
    ),
    compile_profile(
        "starlingx",  # StarlingX puts the product's name in front of every line
        ["sysinv " + CONTEXT_FORMAT, "sysinv " + _CONTEXT_TO_YOGA],
        "sysinv " + DEFAULT_FORMAT,
        "sysinv " + EXCEPTION_PREFIX,
        _IDENTITIES,
    ),
    compile_profile(
        "devstack",  # devstack under systemd: colours, no time, no pid, project and user by name
        [
            f"{_COLOURED} [%(global_request_id)s %(request_id)s {_NAMES}] %(instance)s%(color)s%(message)s",
            f"{_COLOURED} [%(request_id)s {_NAMES}] %(instance)s%(color)s%(message)s",
        ],
        "%(color)s%(levelname)s %(name)s [-%(color)s] %(instance)s%(color)s%(message)s",
        "%(color)sERROR %(name)s %(instance)s",
    ),
    compile_profile(
        "no-time",  # the journal or an outer log gives the time
        [_without(CONTEXT_FORMAT, _TIME), _without(_CONTEXT_TO_YOGA, _TIME)],
        _without(DEFAULT_FORMAT, _TIME),
        _without(EXCEPTION_PREFIX, _TIME),
        _IDENTITIES,
    ),
    compile_profile(
        "no-time-no-pid",  # containers whose runtime gives time and pid
        [_without(CONTEXT_FORMAT, _TIME, _PID), _without(_CONTEXT_TO_YOGA, _TIME, _PID)],
        _without(DEFAULT_FORMAT, _TIME, _PID),
        _without(EXCEPTION_PREFIX, _TIME, _PID),
        _IDENTITIES,
    ),
)
