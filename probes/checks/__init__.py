"""The checks: one module for each row of `probes.table.CHECKS`, imported when it is used."""
