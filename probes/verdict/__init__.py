"""Evidence over time -> verdict -> what the kubelet is told. Pure: no clock, file, socket or thread; time is an argument.

judge = Judge(profile, service, now)
judge.feed(evidence)                  as it comes; all of one look before the next verdict
verdict = judge.verdict(now)          as often as one likes
Policy(settings).liveness(verdict, now, fresh=True, draining=False, peers=Peers())
"""

from probes.verdict.budget import Budget
from probes.verdict.judge import Judge
from probes.verdict.policy import Answer, Outcome, Peers, Policy
from probes.verdict.settings import PolicySettings
from probes.verdict.sight import PULSE

__all__ = ["PULSE", "Answer", "Budget", "Judge", "Outcome", "Peers", "Policy", "PolicySettings"]
