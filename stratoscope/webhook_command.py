"""`stratoscope webhook`: puts sidecars into pods as they are made; or, once, makes the certificate that it is called by.

With `--make-certificate` the command runs as a Job: it makes what is missing or ends soon, tells the webhook configuration whom
to trust, and ends. What is good for long enough is left as it is.
"""

import argparse
from pathlib import Path

from stratoscope import own_logging, own_memory
from stratoscope.errors import OK, StratoscopeError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `webhook` understands."""
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", help="settings; see docs/webhook.md")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where it listens, instead of listen in the settings (:9443)")
    made = parser.add_argument_group("the certificate")
    made.add_argument("--make-certificate", action="store_true", help="make or renew it in a Secret, and end")
    made.add_argument("--secret", metavar="NAMESPACE/NAME", help="the Secret that holds it")
    made.add_argument(
        "--dns-name",
        action="append",
        default=[],
        metavar="NAME",
        help="name by which the API server calls the webhook, as SERVICE.NAMESPACE.svc; can be given several times",
    )
    made.add_argument(
        "--webhook-configuration",
        action="append",
        default=[],
        metavar="NAME",
        help="MutatingWebhookConfiguration that is told to trust it; can be given several times",
    )
    made.add_argument("--days", type=int, default=365, metavar="DAYS", help="for how long a new one is good (%(default)s)")
    made.add_argument(
        "--renew-days", type=int, default=120, metavar="DAYS", help="one with fewer days left is renewed (%(default)s)"
    )
    made.add_argument("--kubeconfig", type=Path, metavar="FILE", help="how the API server is reached; else as a pod does")
    made.add_argument("--context", default="", metavar="NAME", help="the context in it")


def execute(arguments: argparse.Namespace) -> int:
    """Do as the arguments say; the exit code."""
    if arguments.make_certificate:
        return _make_certificate(arguments)
    if arguments.config is None:
        raise StratoscopeError("name a settings file with -c FILE, or say --make-certificate")
    return _serve(arguments, arguments.config)


def _serve(arguments: argparse.Namespace, path: Path) -> int:
    from stratoscope.serving.listen import bind  # noqa: PLC0415  the Job needs no server
    from stratoscope.settings.load import document_at  # noqa: PLC0415
    from stratoscope.webhook.service import serve  # noqa: PLC0415
    from stratoscope.webhook.settings import settings_in  # noqa: PLC0415

    settings = settings_in(document_at(path), path)
    own_logging.set_up()
    own_memory.give_back()
    with bind(arguments.listen or settings.listen) as bound:
        return serve(settings, lambda: settings_in(document_at(path), path), bound)


def _make_certificate(arguments: argparse.Namespace) -> int:
    from clients.kubernetes import Api  # noqa: PLC0415  only here
    from clients.kubernetes_access import ApiAccess  # noqa: PLC0415
    from stratoscope.webhook.certificate_job import Job, make  # noqa: PLC0415

    own_logging.set_up()
    namespace, slash, secret = (arguments.secret or "").partition("/")
    if not namespace or not slash or not secret or not arguments.dns_name:
        raise StratoscopeError("--make-certificate needs --secret NAMESPACE/NAME, and --dns-name SERVICE.NAMESPACE.svc")
    if not 1 <= arguments.renew_days < arguments.days <= 3650:
        raise StratoscopeError("--days must be more than --renew-days, and 3650 at most")
    job = Job(
        namespace,
        secret,
        tuple(arguments.dns_name),
        tuple(arguments.webhook_configuration),
        arguments.days,
        arguments.renew_days,
    )
    make(Api(ApiAccess(kubeconfig=arguments.kubeconfig, context=arguments.context)), job)
    return OK
