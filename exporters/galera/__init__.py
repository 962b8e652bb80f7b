"""Galera clusters (MariaDB, Percona XtraDB Cluster): all nodes read in the same instant, and what it means."""
