"""Traces out of request ids: the events of one request, in one service, become a span. The page docs/traces.md tells how."""
