"""What each sink's encoding costs, without a network."""
