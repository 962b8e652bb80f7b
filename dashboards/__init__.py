"""Dashboards, alert rules and runbooks: plain files that work without our chart, and what makes and holds them together.

    grafana/       made by `python -m dashboards.source`       prometheus/    alert and recording rules
    provisioning/  examples for Grafana                        alertmanager/  which alert hides which
    kubernetes/    the rules as PrometheusRule, made as well   runbooks/      a page for each alert

Nothing here is part of the package that is installed.
"""
