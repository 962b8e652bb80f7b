"""What it costs to take lines by the forward protocol, and to give events on by it."""
