"""The pages: a module for each, which defines PAGE."""
