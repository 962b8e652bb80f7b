"""What a scrape costs, apart from what the targets cost."""
