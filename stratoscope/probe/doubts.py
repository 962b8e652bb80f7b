"""Lint, once, when a service begins to be looked at: its own configuration against how it is probed and ended."""

from probes.lint.model import Facts
from probes.lint.rules import lint
from probes.model import Context
from probes.oslo.configuration import DEFAULT, read
from probes.oslo.ini import ConfigurationError
from stratoscope.probe.plan import Plan

UNREADABLE = "configuration"
"""The rule of a configuration that cannot be read."""


def doubts_of(plan: Plan, context: Context) -> tuple[tuple[str, str], ...]:
    """Rule and one line for each doubt. Reads files."""
    if not context.config_files:
        return ()
    rpc = next((plan.options[use.name] for use in plan.profile.uses if use.check == "rpc"), None)
    server = "" if rpc is None else str(rpc.server)
    try:
        configuration = read(context.config_files, {(DEFAULT, "host"): context.host})
        facts = Facts(
            plan.profile.name,
            configuration.text,
            grace=plan.settings.drain.grace,
            hang_after=plan.profile.hang_after,
            target="" if "{" in server else server,
            rpc=rpc is not None,
        )
        return tuple((doubt.rule, doubt.text) for doubt in lint(facts))
    except ConfigurationError as error:
        return ((UNREADABLE, str(error)),)
