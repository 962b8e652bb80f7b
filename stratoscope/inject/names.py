"""Names that others write or read: annotations, containers, volumes. They are a contract; `docs/injection.md` lists them."""

PREFIX = "stratoscope.io/"

INJECT = PREFIX + "inject"
"""`"false"`: leave this pod alone. On a namespace the same name is the label that opts it in, with the value `enabled`."""
PROFILE = PREFIX + "profile"
"""`nova-compute`, or `CONTAINER=PROFILE,CONTAINER=PROFILE` for several. Goes before what labels and names say."""
PROBES = PREFIX + "probes"
"""`missing`, `exec`, `all` or `none`: as `probes` in the settings."""
DRAIN = PREFIX + "drain"
"""`"false"`: no preStop hook; `"true"`: one although `parts` leaves it out."""
LOGS = PREFIX + "logs"
"""`"false"`: no log sidecar; or the files to read, parted by commas: `/var/log/nova/*.log`."""
MODE = PREFIX + "mode"
"""`observe` or `enforce`: as `mode` in the settings."""
PORT = PREFIX + "port"
"""The port of the probe sidecar, 1024 to 65535."""
USER = PREFIX + "user"
"""`own` or `same`: as `user` in the settings."""
SHARE_PROCESSES = PREFIX + "share-process-namespace"
"""`"true"` or `"false"`: as `share_process_namespace` in the settings."""

PROBE_SETTINGS = PREFIX + "probe.yaml"
"""Written by us: the settings of the probe sidecar, which reads them through the downward API."""
LOG_SETTINGS = PREFIX + "collect.yaml"
"""Written by us: the settings of the log sidecar, likewise."""
INJECTED = PREFIX + "injected"
"""Written by us: the parts that were put in: `probes,drain,logs`."""

PROBE_CONTAINER = "stratoscope-probe"
LOG_CONTAINER = "log-stratoscope"
"""Its output is the service's log, beside which it sorts. A node's agent must not leave it out."""
SETTINGS_VOLUME = "stratoscope-settings"
STATE_VOLUME = "stratoscope-state"
NO_TOKEN_VOLUME = "stratoscope-no-token"  # noqa: S105  the name of an empty volume that masks the token
VOLUMES = frozenset({SETTINGS_VOLUME, STATE_VOLUME, NO_TOKEN_VOLUME})
OWN = frozenset({PROBE_CONTAINER, LOG_CONTAINER})
