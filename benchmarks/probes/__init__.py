"""What a probe costs, beside the exec probes that it replaces."""
