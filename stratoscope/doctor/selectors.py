"""Label selectors, as the API server applies them."""

from collections.abc import Mapping
from typing import Any

from stratoscope.inject.reading import listed, mapping, text


def selects(selector: object, labels: Mapping[str, Any]) -> bool:
    """Whether a selector fits labels; an empty one fits all, none at all fits nothing."""
    if not isinstance(selector, dict):
        return False
    if any(labels.get(key) != value for key, value in mapping(selector, "matchLabels").items()):
        return False
    return all(_holds(one, labels) for one in listed(selector, "matchExpressions"))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = text(expression, "key"), expression.get("values") or ()
    match text(expression, "operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def missing(selector: object, labels: Mapping[str, Any]) -> str:
    """What labels lack for a selector, for a person: `release=monitoring`."""
    if not isinstance(selector, dict):
        return "a selector that is not null"
    lacking = [f"{key}={value}" for key, value in mapping(selector, "matchLabels").items() if labels.get(key) != value]
    lacking += [_shown(one) for one in listed(selector, "matchExpressions") if not _holds(one, labels)]
    return " and ".join(lacking)


def _shown(expression: Mapping[str, Any]) -> str:
    values = ",".join(map(str, expression.get("values") or ()))
    return f"{text(expression, 'key')} {text(expression, 'operator')} {values}".strip()
