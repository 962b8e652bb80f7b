"""Configuration of Fluent Bit, made from settings: what it needs to lose nothing stands in it, each with its reason."""

from collectors.fluentbit.rendering import render

__all__ = ["render"]
