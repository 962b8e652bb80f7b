"""Health checks that gather evidence and turn it into a verdict."""
