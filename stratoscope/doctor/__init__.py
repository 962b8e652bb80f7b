"""Looks at a cluster once, and says what does not work of what stratoscope should do there, and what to do about it.

API server -> looking -> Cluster (values) -> rules, pure -> Finding -> report
"""
