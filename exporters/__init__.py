"""State of Galera, RabbitMQ, OVS/OVN and the OpenStack agents for Prometheus."""
