"""The checks: each looks at one thing and returns evidence. Which there are: `probes.table`."""
