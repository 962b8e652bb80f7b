"""Measures stratoscope beside its peers on a generated log. `python -m benchmarks --help`; docs/benchmarks.md says why so."""
