"""Turns collectors into what a scrape sees: when to fetch, what a failure costs, and the metrics about that."""
