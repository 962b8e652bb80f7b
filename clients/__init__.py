"""Clients of the protocols that exporters and probes speak: how a thing is asked, within a deadline, and never what for.

Foreign exceptions of sockets, TLS and drivers become a `TargetError` here and nowhere else.
"""
