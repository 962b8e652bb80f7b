"""The Grafana dashboards as code: pages of panels as plain values, and what draws them with Grafana's own SDK.

    pages/NAME.py   what one page shows        model      panels, pages: values without Grafana
    table           the list of pages          draw, frame  values -> what Grafana reads
    scope           page variables -> PromQL   rules      numbers of the alert rules
    states          words, colours, numbers    kubernetes   rules and dashboards as manifests

`python -m dashboards.source` writes all files anew; a test compares them with what is committed. A query that names a metric
which no exporter has, or an alert that does not exist, stops it.
"""
