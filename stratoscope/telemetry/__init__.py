"""What stratoscope tells Prometheus of the logs it reads, and of its own work."""
