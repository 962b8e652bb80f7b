"""What is wrong with the logs themselves: lines that never come, come twice, were dropped, or bear a wrong time."""
