"""Local evidence, without credentials: what /proc, logs and pid files tell. Parsers take bytes, never a path."""
