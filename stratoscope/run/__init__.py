"""What `stratoscope run` is made of besides the page: its settings file, the reading, and what runs beside it."""
