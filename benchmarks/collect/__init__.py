"""What collecting costs, and how long an event takes from its writing to its acknowledgement."""
