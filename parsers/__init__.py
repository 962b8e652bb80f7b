"""Log text in, events out: bytes -> Line -> Record -> Event.

Pure: no clock, file, socket, thread or logging in this package; time comes in as an argument.
"""
