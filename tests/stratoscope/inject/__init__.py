"""The injector."""
