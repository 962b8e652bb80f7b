"""Waiting until what a service needs answers, by its own protocol; and what needs what in a whole cloud."""
