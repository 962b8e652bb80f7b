"""One connection to a service's broker that stays open, and pings sent over it."""
