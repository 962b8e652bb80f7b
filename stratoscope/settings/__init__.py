"""Settings files: YAML text becomes a settings dataclass, or a list of all its mistakes with their lines."""
