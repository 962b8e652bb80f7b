"""What the diagnosis of logs has found, as metrics."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from collectors.diagnosis.diagnosis import Diagnosis
from exporters.metrics import Metric, Samples

FINDINGS = Metric(
    "stratoscope_diagnosis_findings_total",
    "counter",
    "Times that a rule saw something wrong with a service's log.",
    "collectors.diagnosis",
    ("rule", "component"),
)
MISSING = Metric(
    "stratoscope_diagnosis_missing_records_total",
    "counter",
    "Log records that did not come: left out by their writer's limit, or missing in a sequence.",
    "collectors.diagnosis",
    ("rule", "component"),
)
METRICS = (FINDINGS, MISSING)


class DiagnosisMetrics(Collector):
    """The counts of one Diagnosis."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis

    def collect(self) -> Iterator[Family]:
        """All families, built anew."""
        samples = Samples()
        for metric, counts in ((FINDINGS, self._diagnosis.findings()), (MISSING, self._diagnosis.missing())):
            for labels, count in counts.items():
                samples.add(metric, count, *labels)
        return iter(samples)
