"""The probe sidecar: settings, the loop around checks and verdicts, its HTTP endpoint and its metrics."""
