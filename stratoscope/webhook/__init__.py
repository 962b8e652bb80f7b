"""`stratoscope webhook`: the API server asks what becomes of a pod, and gets a patch that puts our sidecars into it."""
