"""Real servers for the tests: each starts on loopback, on free ports, in a folder of its own, and is stopped by its pid."""
