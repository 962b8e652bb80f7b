"""Names that others write or read: annotations, containers, volumes. They are a contract; `docs/injection.md` lists them."""

PREFIX = "stratoscope.io/"

INJECT = PREFIX + "inject"
"""`"false"`: leave this pod alone. The same name is the label that opts a namespace in (`enabled`)."""
PROFILE = PREFIX + "profile"
"""`nova-compute`, or `CONTAINER=PROFILE,CONTAINER=PROFILE` for several; goes before what labels say."""
PROBES = PREFIX + "probes"
"""As `probes` in the settings."""
DRAIN = PREFIX + "drain"
LOGS = PREFIX + "logs"
"""`"false"`, or the files to read, parted by commas."""
MODE = PREFIX + "mode"
"""`observe` or `enforce`."""
PORT = PREFIX + "port"
USER = PREFIX + "user"
"""As `user` in the settings."""
SHARE_PROCESSES = PREFIX + "share-process-namespace"

PROBE_SETTINGS = PREFIX + "probe.yaml"
"""Written by us: the settings of the probe sidecar, which it reads through the downward API."""
LOG_SETTINGS = PREFIX + "collect.yaml"
INJECTED = PREFIX + "injected"
"""Written by us: the parts that were put in."""

PROBE_CONTAINER = "stratoscope-probe"
LOG_CONTAINER = "log-stratoscope"
"""Its output is the service's log, beside which it sorts. A node's agent must not leave it out."""
SETTINGS_VOLUME = "stratoscope-settings"
STATE_VOLUME = "stratoscope-state"
NO_TOKEN_VOLUME = "stratoscope-no-token"  # noqa: S105  the name of an empty volume that masks the token
VOLUMES = frozenset({SETTINGS_VOLUME, STATE_VOLUME, NO_TOKEN_VOLUME})
OWN = frozenset({PROBE_CONTAINER, LOG_CONTAINER})
