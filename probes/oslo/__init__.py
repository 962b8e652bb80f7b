"""What a service of OpenStack says of itself: its own configuration files, read as oslo.config reads them."""
