"""Drain: what is done before a service is told to end, so that its end costs nobody anything.

The kubelet calls it (`preStop`, by httpGet), waits for the answer, and sends SIGTERM then. Nothing here may keep a pod from
ending.
"""
