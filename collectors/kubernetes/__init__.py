"""The Kubernetes API: the one door to it, a watch of pods, and the logs of the pods that a label selector names.

The package `kubernetes` is imported when a connection is made and not before: it takes 39 MB.
"""
