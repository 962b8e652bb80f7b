"""Service profiles: how each service is looked at, as data. `probes.profiles.table` lists them all."""
