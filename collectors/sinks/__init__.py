"""Where events go: JSON lines, OTLP, OpenSearch, Loki. A sink sends one batch and tells truthfully what became of it.

Queueing, repeating, cutting batches in two and the dead-letter file are the pipeline's business, the same for all sinks.
"""
