"""Local evidence, without credentials: what the kernel tells under /proc, logs and pid files. Parsers take bytes, never a path."""
