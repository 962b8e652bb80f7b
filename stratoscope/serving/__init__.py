"""The one HTTP server of all commands: addresses, TLS and passwords by Prometheus' web configuration file, /metrics, bounds."""
