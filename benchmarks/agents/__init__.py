"""What it costs to watch the agents of a cloud, at the sizes of real ones."""
