"""Events on one machine: a SQLite file with a full-text index, written by `run`, read by `search` and the page."""
