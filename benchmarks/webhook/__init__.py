"""What a review costs, and how long the API server waits for it."""
