"""Search where the events are in Loki or OpenSearch: compiled, asked, and made into events again."""
