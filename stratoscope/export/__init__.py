"""What `stratoscope export` is made of: its settings, /metrics and /probe, and what it prints."""
