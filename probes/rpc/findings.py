"""From what a round saw to evidence: a table in words. Pure.

Only two things speak against the service itself: SILENT (a consumer took the ping and nothing came, while our own message came
back), and PARTIAL. What never reached it is LOST_ROUTE or GONE, what the broker does is DEPENDENCY, what we may not do UNKNOWN.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.model import Evidence, Finding
from probes.rpc.ping import Pinged, Round

CONTROL = "_control"
"""What the name of the second evidence ends with."""
BROKER = "broker"
_WORST = (Finding.GONE, Finding.LOST_ROUTE, Finding.DRAINED, Finding.SILENT, Finding.NOT_YET)
"""Of several targets none of which is fine, what is said of all: what a restart would mend least goes first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked.

    `how`: the method, for a person. `workers`: how many should consume, 0 where that is not known. `timeout`: seconds that an
    answer had. `mute`: why no pings are sent, where none are.
    """

    how: str
    workers: int = 0
    timeout: float = 0.0
    mute: str = ""


@dataclass(slots=True)
class Known:
    """What was seen at any time since we run: the most consumers of each queue."""

    consumers: dict[str, int] = field(default_factory=dict)

    def learn(self, seen: Round) -> None:
        """Remember; the number of queues is that of the settings."""
        for one in seen.pinged:
            queue = one.target.queue
            self.consumers[queue] = max(self.consumers.get(queue, 0), one.consumers or 0)


def unknown(at: float, seconds: float, text: str) -> list[Evidence]:
    """We could not look."""
    return [Evidence(check, Finding.UNKNOWN, at, text, seconds) for check in ("", CONTROL)]


def no_broker(at: float, seconds: float, text: str) -> list[Evidence]:
    """There is no way to the broker, or none through it."""
    return [Evidence(check, Finding.DEPENDENCY, at, text, seconds, BROKER) for check in ("", CONTROL)]


def evidence(at: float, seconds: float, seen: Round, asked: Asked, known: Known) -> list[Evidence]:
    """Two: about the service, and about the way to it (the control)."""
    if seen.blocked:
        return no_broker(at, seconds, f"{seen.broker} blocks who publishes: {seen.blocked}; look at its memory and disk alarms")
    control, way = _control(seen)
    finding, about, text = _service(seen, asked, known)
    if control is not Finding.FINE and finding is not Finding.FINE:
        finding, about, text = Finding.DEPENDENCY, BROKER, way
    elif control is Finding.FINE and finding is not Finding.FINE:
        text = f"{text}; {way}"
    control_about = "" if control is Finding.FINE else BROKER
    figures = _figures(seen, asked)
    ours = {name: figures[name] for name in ("control_seconds",) if name in figures}
    return [
        Evidence("", finding, at, text, seconds, about, figures),
        Evidence(CONTROL, control, at, way, seconds, control_about, ours),
    ]


def _control(seen: Round) -> tuple[Finding, str]:
    if seen.control is None:
        return (
            Finding.DEPENDENCY,
            f"{seen.broker} took our own message and did not give it back in time: it hangs or is overloaded",
        )
    return Finding.FINE, f"our own message through {seen.broker} took {milliseconds(seen.control)}"


def _service(seen: Round, asked: Asked, known: Known) -> tuple[Finding, str, str]:
    """Finding, what it is about, and its line."""
    if seen.failed is not None:
        return _failed(seen, known)
    found = [(one, *_target(one, asked, known)) for one in seen.pinged]
    bad = [(one, finding, text) for one, finding, text in found if finding is not Finding.FINE]
    if not bad:
        return Finding.FINE, "", "; ".join(text for _, _, text in found)
    about = ", ".join(one.target.name for one, _, _ in bad if one.target.name)
    text = "; ".join(text for _, _, text in bad)
    findings = {finding for _, finding, _ in found}
    if findings & {Finding.FINE, Finding.PARTIAL}:
        return Finding.PARTIAL, about, text
    return next((finding for finding in _WORST if finding in findings), bad[0][1]), about, text


def _failed(seen: Round, known: Known) -> tuple[Finding, str, str]:
    """The broker closed the channel over our pings."""
    exchange = seen.pinged[0].target.exchange if seen.pinged else ""
    said = seen.failed.text if seen.failed else ""
    if seen.failed is None or not seen.failed.missing:
        return (
            Finding.UNKNOWN,
            "",
            f"{seen.broker} refuses pings to the exchange {exchange} ({said}); give our user `write` on it",
        )
    text = f"there is no exchange {exchange} at {seen.broker}"
    if any(known.consumers.values()):
        return Finding.LOST_ROUTE, "", f"{text} any more: no request reaches the service"
    return Finding.NOT_YET, "", f"{text} so far; if that stays so, look at the setting `exchange` and at control_exchange"


def _target(one: Pinged, asked: Asked, known: Known) -> tuple[Finding, str]:
    queue, before = one.target.queue, known.consumers.get(one.target.queue, 0)
    if one.consumers is None and before:
        return Finding.LOST_ROUTE, f"the queue {queue} is gone: no request reaches the service"
    if one.consumers is None:
        return Finding.NOT_YET, f"there is no queue {queue} so far; if that stays so, look at the settings topic and server"
    if one.consumers == 0 and before:
        return Finding.GONE, f"nobody consumes {queue} any more ({before} did)"
    if one.consumers == 0:
        return Finding.NOT_YET, f"nobody consumes {queue} so far"
    if one.returned:
        return Finding.LOST_ROUTE, _unbound(one)
    return _answers(one, asked, known)


def _unbound(one: Pinged) -> str:
    queue, exchange = one.target.queue, one.target.exchange
    way = (
        f"no answer either in {queue} itself"
        if one.direct is None
        else f"its queue itself answers in {milliseconds(one.direct)}"
    )
    return f"the exchange {exchange} has no way to {queue}: its binding is lost, and requests with it; {way}"


def _answers(one: Pinged, asked: Asked, known: Known) -> tuple[Finding, str]:
    queue, got = one.target.queue, len(one.answers)
    consumers = one.consumers or 0
    if asked.mute:
        return Finding.UNKNOWN, asked.mute
    if not got:
        return _silence(one, asked)
    if got < one.sent:
        text = f"{got} of {one.sent} pings to {queue} ({asked.how}) were answered; its {consumers} workers get them in turn"
        return Finding.PARTIAL, text
    if consumers < asked.workers:
        text = f"{consumers} of {asked.workers} workers consume {queue}"
        return (
            (Finding.PARTIAL, text) if known.consumers.get(queue, 0) >= asked.workers else (Finding.NOT_YET, f"{text} so far")
        )
    text = f"{queue}: {got} of {one.sent} answered {asked.how} in {milliseconds(max(one.answers))}"
    return Finding.FINE, f"{text}{_oddity(one)}"


def _silence(one: Pinged, asked: Asked) -> tuple[Finding, str]:
    queue = one.target.queue
    if one.late:
        return (
            Finding.DRAINED,
            f"{queue} answers {asked.how} late: {one.late} answers to earlier pings came, none to those of now",
        )
    if one.sent:
        return Finding.SILENT, f"{queue} did not answer {asked.how} in {asked.timeout:.1f} s; {one.consumers} consume it"
    return (
        Finding.SILENT,
        f"{queue} leaves {one.open} pings ({asked.how}) unanswered, so no more were sent; {one.consumers} consume it",
    )


def _oddity(one: Pinged) -> str:
    if one.odd is None:
        return ""
    return (
        f", with {one.odd.failure} ({' '.join(one.odd.message.split())[:120]})" if one.odd.failure else ", with something else"
    )


def _figures(seen: Round, asked: Asked) -> Mapping[str, float]:
    answers = [seconds for one in seen.pinged for seconds in one.answers]
    consumers = sum(one.consumers or 0 for one in seen.pinged)
    figures: dict[str, float] = {
        "consumers": consumers,
        "workers": max(consumers, asked.workers * len(seen.pinged)),
        "answering": len(answers),
        "late": sum(one.late for one in seen.pinged),
        "open": sum(one.open for one in seen.pinged),
    }
    if seen.control is not None:
        figures["control_seconds"] = seen.control
    if answers:
        figures["ping_seconds"] = max(answers)
        if seen.control is not None:
            figures["queueing_seconds"] = max(0.0, max(answers) - seen.control)
    return figures


def milliseconds(seconds: float) -> str:
    """For a person."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
