"""Runs checks: each in a thread of its own, so that one which hangs costs nothing but itself."""
