"""Injection without a webhook: MutatingAdmissionPolicies, which the API server itself carries out (Kubernetes 1.36).

Their expressions are made from what the webhook's own builder makes of an example pod of each kind, so the two cannot drift
apart; only what depends on the pod (its mounts, user, probes) is an expression. `docs/policies.md` has what they cannot do.
"""
