"""Black box: what a service that looks hung was doing, written down before anything is done about it.

The kubelet gives no hook before it kills. So the sidecar calls `BlackBox.write` as soon as one proof of a hang holds.
"""
