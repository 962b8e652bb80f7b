"""Whether a search can be answered from the sums by minute, which know service and severity only; and which rows match."""

from stratoscope.query import And, Field, Node, Not, Or, Range


def is_tallied(node: Node | None) -> bool:
    """Whether the search asks for nothing but services and severities."""
    match node:
        case None:
            return True
        case Field(name="service") | Range(name="level"):
            return True
        case Not(inner):
            return is_tallied(inner)
        case And(nodes) | Or(nodes):
            return all(map(is_tallied, nodes))
        case _:
            return False


def matches(node: Node | None, service: str, severity: int) -> bool:
    """What the index would answer for an event of this service (any case) and severity number."""
    match node:
        case Field(value=value, prefix=prefix):
            names = (service.casefold(), service.partition("-")[0].casefold()) if service else ()
            wanted = value.casefold()
            return any(name.startswith(wanted) if prefix else name == wanted for name in names)
        case Range(low=low, high=high):
            return low <= severity <= high
        case Not(inner):
            return not matches(inner, service, severity)
        case And(nodes):
            return all(matches(inner, service, severity) for inner in nodes)
        case Or(nodes):
            return any(matches(inner, service, severity) for inner in nodes)
        case _:
            return True
