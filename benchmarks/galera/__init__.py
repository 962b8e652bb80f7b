"""What it costs to watch a Galera cluster: our exporter beside prometheus-mysqld-exporter, on the same nodes in one run."""
