"""Lint, once, when a service begins to be looked at: its own configuration against how it is probed and ended."""

from probes.lint.reading import doubts
from probes.model import Context
from stratoscope.probe.plan import Plan


def doubts_of(plan: Plan, context: Context) -> tuple[tuple[str, str], ...]:
    """Rule and one line for each doubt. Reads files."""
    if not context.config_files:
        return ()
    rpc = next((plan.options[use.name] for use in plan.profile.uses if use.check == "rpc"), None)
    found = doubts(
        plan.profile,
        context.config_files,
        host=context.host,
        target="" if rpc is None else str(rpc.server),
        grace=plan.settings.drain.grace,
        processes=context.processes(),
        proc=context.proc,
    )
    return tuple((doubt.rule, doubt.text) for doubt in found)
