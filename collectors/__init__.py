"""Bring logs in, and hand events on.

Knows sources, positions and sinks, and nothing of what the bytes mean; `parsers` reads them, `stratoscope` wires the two
together.
"""
