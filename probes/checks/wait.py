"""What a service needs before it can start, asked anew for each main process of it: a startup gate.

An init container holds back the first start of a pod, and no other: when a container alone is restarted the kubelet waits for
nobody. Nothing can hold that start back but the service's own command. What can be done is this: as a startup check it keeps
the new process *starting* until all that it needs answers, so that neither liveness nor readiness counts meanwhile.

Once all were there it rests until the main process is another one: what goes away later is for other checks to see.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from clients.model import Deadline
from probes.checks.looking import Look
from probes.model import Context, Evidence, Finding
from probes.oslo.ini import ConfigurationError
from probes.wait.asking import asking
from probes.wait.model import Asking, Kube, Target
from probes.wait.oslo import targets_in
from probes.wait.target_settings import TargetSettings
from probes.wait.targets import parse


@dataclass(frozen=True, slots=True)
class Settings:
    """What it needs."""

    targets: tuple[TargetSettings, ...] = ()
    """Targets as `stratoscope wait` takes them, but for objects of Kubernetes: that client is too big for a sidecar."""
    own_config: bool = True
    """Whether its own configuration files (`config_files` of the service) tell what it needs, besides: its broker, database and
    Keystone, with its own logins. Default: yes, where there are such files."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Nothing to look at, or what a sidecar cannot look at."""
        if not self.targets and not self.own_config:
            yield "targets", "is empty, and own_config is off: there is nothing to wait for"
        for index, one in enumerate(self.targets):
            if one.url.startswith(("job/", "service/", "pod/")):
                yield f"targets[{index}].url", "objects of Kubernetes are for the init container, stratoscope wait"


class Needs:
    """FINE: all were there, for this main process. NOT_YET: some are not; the text says which and why.

    UNKNOWN: its configuration files cannot be used. Figures: `needs`, `missing`.
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._of: tuple[int, int] | None = None
        self._asked: list[tuple[str, Asking]] | None = None
        self._needs = 0

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask for what was not there yet."""
        look = Look(deadline)
        main = next(iter(self._context.processes()), None)
        now = None if main is None else (main.pid, main.started)
        if now != self._of and now is not None:
            self._of = now
            self.close()
        try:
            missing = self._ask(deadline)
        except ConfigurationError as error:
            return (look.saw(Finding.UNKNOWN, str(error)),)
        figures = {"needs": self._needs, "missing": len(missing)}
        if not missing:
            return (look.saw(Finding.FINE, f"all {self._needs} that it needs were there", **figures),)
        text = f"waits for {len(missing)} of {self._needs}: {'; '.join(missing)}"
        return (look.saw(Finding.NOT_YET, text, **figures),)

    def close(self) -> None:
        """Hang up, and begin anew with the next look."""
        for _, one in self._asked or ():
            one.close()
        self._asked = None

    def _ask(self, deadline: Deadline) -> list[str]:
        """The reasons of those that are not there."""
        if self._asked is None:
            targets = self._targets()
            self._asked, self._needs = [(one.shown, asking(one, _no_object)) for one in targets], len(targets)
        left, reasons = [], []
        for number, (shown, one) in enumerate(self._asked):
            share = (deadline.at - deadline.clock()) / (len(self._asked) - number)
            answer = one.ask(deadline.within(share), _nothing)
            if answer.there:
                one.close()
            else:
                left.append((shown, one))
                reasons.append(f"{shown}: {answer.text}")
        self._asked = left
        return reasons

    def _targets(self) -> list[Target]:
        """Raises ConfigurationError."""
        found = [parse(one.url, one.more()) for one in self._settings.targets]
        if self._settings.own_config and self._context.config_files:
            found += targets_in(self._context.config_files, self._context.host or socket.gethostname())
        return found


def _nothing(_: str) -> None:
    """Nobody listens in the middle of a look."""


def _no_object(target: Kube) -> Asking:
    raise AssertionError(target)


def make(settings: Settings, context: Context) -> Needs:
    """The check."""
    return Needs(settings, context)
