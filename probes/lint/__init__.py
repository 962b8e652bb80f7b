"""Lint: what in a service's settings will make its probe, or its end, go wrong. Looked at once, at start."""
