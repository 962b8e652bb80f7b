"""The log formats beside oslo.log, and the table of them: one module, one data folder and one table line each."""
