"""Manifests in, manifests out: what is not changed comes out byte for byte."""
