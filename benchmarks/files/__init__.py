"""What it costs to follow files: one, a hundred, and five thousand."""
