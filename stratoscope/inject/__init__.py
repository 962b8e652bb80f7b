"""Puts sidecars beside services: which, where and why is decided here, on pods as JSON. Manifests and the webhook ask it."""
