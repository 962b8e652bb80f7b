"""Clients of the protocols that exporters speak."""
