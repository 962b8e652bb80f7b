"""Bring logs in: files that rotate, gz files, standard input.

Knows the file system and nothing of what the bytes mean; `parsers` reads them, `stratoscope` wires the two together.
"""
