"""Words for states, their colours, and state sets as one number each, which is what a timeline can draw.

States stand in the tables of the exporters from the best to the worst, so the number of a state is its place there, and of
two that hold, as two exporters see them, the worse is shown.
"""

from dashboards.source import known

GREEN, BLUE, YELLOW, ORANGE, RED, DARK, GREY = "green", "blue", "yellow", "orange", "red", "dark-red", "#8e8e8e"
OF_SEVERITY = {"info": BLUE, "warning": ORANGE, "critical": RED}

NO_YES = ("no", "yes")
DOWN_UP = ("down", "up")
HOLDS = ("", "holds")

COLOURS = {
    GREEN: "healthy synced primary ok fine up yes operational active leader current together enforces",
    BLUE: "joining joined standby follower drained donor_desynced starting not_yet observes",
    YELLOW: "degraded saturated partial initialized gather install candidate absent",
    ORANGE: "quorum_at_risk behind paused pauses holds expired dependency dependency_down unfit silent unroutable rpc_dead",
    RED: "down no blocked split_brain read_only no_leader stalled partitioned cut-off inconsistent defaulted failed "
    "unreachable timeout hung stuck gone lost_route agent_dead network_dead",
    GREY: "unknown refused malformed",
}
_BY_WORD = {word: colour for colour, words in COLOURS.items() for word in words.split()}


def colour_of(word: str) -> str:
    """The colour of a state. Raises KeyError for a word that has none yet."""
    return _BY_WORD[word] if word else "transparent"


def states_of(metric: str) -> tuple[str, ...]:
    """The states of a state set, from the best to the worst."""
    return known.state_set(metric).states


def number_of(metric: str, *by: str, where: str = "") -> str:
    """A query that gives the number of the state that holds, for each set of the labels `by`. `where`: a matcher besides."""
    more = f",{where}" if where else ""
    terms = " or ".join(f'{metric}{{{metric}="{state}"{more}}} * {number}' for number, state in enumerate(states_of(metric)))
    return f"max by ({', '.join(by)}) ({terms})"


def holding(metric: str, *by: str) -> str:
    """A query that gives 1 for each state that holds, of a set of which several may."""
    return f"max by ({', '.join((*by, metric))}) ({metric} == 1)"
