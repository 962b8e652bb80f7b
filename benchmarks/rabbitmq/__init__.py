"""What it costs to watch a RabbitMQ broker of a large cloud: our exporter beside what others ask the same broker for."""
