"""Logs as a service of OpenStack does, by its own settings: `python -m tests.helm_overlays.speaker SERVICE=CONF...`.

Each CONF is what nova.conf is to Nova. Each speaks in a process of its own, as logging is set up once in one. Prints JSON:
for each of them what came out.
"""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path

from oslo_config import cfg
from oslo_context import context
from oslo_log import log

REQUEST = "req-5f1c1b2e-0000-4000-8000-000000000002"


def speak(service: str, conf: str) -> None:
    """What a service does when it starts, and some lines."""
    log.register_options(cfg.CONF)
    cfg.CONF([], project=service, default_config_files=[conf], default_config_dirs=[])
    log.setup(cfg.CONF, service)
    context.RequestContext(request_id=REQUEST, user_id="ada", project_id="engines")
    own = log.getLogger(f"{service}.manager")
    own.info("service line")
    try:
        os.environ["NOT_THERE_AT_ALL"]
    except KeyError:
        own.exception("service failure")
    for name, level in (("oslo.messaging._drivers.impl_rabbit", "WARNING"), ("os_brick.initiator.linuxscsi", "INFO")):
        logging.getLogger(name).log(logging.getLevelNamesMapping()[level], "library line")
    logging.getLogger("oslo_db.sqlalchemy.engines").info("library chatter")
    logging.shutdown()


def heard(service: str, conf: str) -> str:
    """Both outputs of a child that speaks."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            status = 1
            try:
                speak(service, conf)
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        said = output.read().decode()
    return said if status == 0 else f"ended with {status}: {said}"


if __name__ == "__main__":
    said = {Path(conf).name: heard(service, conf) for service, conf in (one.split("=") for one in sys.argv[1:])}
    json.dump(said, sys.stdout)
