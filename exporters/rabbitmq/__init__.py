"""A RabbitMQ cluster seen with the eyes of oslo.messaging: who is served, who waits, who is blocked, who is gone."""
