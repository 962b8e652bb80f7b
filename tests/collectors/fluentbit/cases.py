"""The configurations in tests/data/fluentbit/config: `python -m tests.collectors.fluentbit.cases` writes them anew."""

from pathlib import Path

from collectors.fluentbit import render
from collectors.fluentbit.settings import (
    FluentBitSettings,
    KafkaOutput,
    LokiOutput,
    OpenSearchOutput,
    OtlpOutput,
    S3Output,
)

FOLDER = Path(__file__).parents[2] / "data" / "fluentbit" / "config"

CASES = {
    "node_agent_to_loki": FluentBitSettings(outputs={"loki": LokiOutput(url="http://loki.monitoring:3100", cluster="one")}),
    "node_agent_to_opensearch": FluentBitSettings(
        outputs={
            "search": OpenSearchOutput(
                url="https://opensearch.monitoring:9200",
                user="stratoscope",
                password_env="OPENSEARCH_PASSWORD",
                ca="/etc/stratoscope/ca.pem",
                retries=50,
            )
        }
    ),
    "node_agent_to_an_opentelemetry_collector": FluentBitSettings(
        outputs={"otlp": OtlpOutput(url="http://otel-collector:4318")}
    ),
    "node_agent_to_kafka": FluentBitSettings(
        outputs={"kafka": KafkaOutput(brokers=("kafka-0:9093", "kafka-1:9093"), protocol="ssl", ca="/etc/stratoscope/ca.pem")}
    ),
    "node_agent_to_s3": FluentBitSettings(outputs={"archive": S3Output(bucket="logs", endpoint="https://rgw.storage:8080")}),
    "everything_at_once_behind_a_tenant": FluentBitSettings(
        events="127.0.0.1:24225",
        http="0.0.0.0:2021",
        state="/srv/fluent-bit",
        rejected=1 << 30,
        outputs={
            "loki": LokiOutput(
                url="https://gateway.example.org/loki-proxy/",
                tenant="openstack",
                user="u",
                password_env="LOKI_PASSWORD",
                limit=4 << 30,
            ),
            "search": OpenSearchOutput(url="http://search:9200/prefix", index="openstack"),
            "otlp": OtlpOutput(url="https://otlp.example.org"),
            "kafka": KafkaOutput(brokers=("kafka:9092",)),
            "archive": S3Output(bucket="logs", region="eu-central-1"),
        },
    ),
    "pair_on_a_node": FluentBitSettings(role="pair", outputs={"loki": LokiOutput(url="http://loki.monitoring:3100")}),
    "pair_in_a_pod_whose_service_logs_to_files": FluentBitSettings(
        role="pair",
        paths=("/var/log/nova/*.log*",),
        exclude=("*.gz",),
        format="plain",
        http="",
        outputs={"loki": LokiOutput(url="http://loki.monitoring:3100")},
    ),
    "fluent_bit_that_is_there_already": FluentBitSettings(role="raw", lines="10.0.0.10:24224", match="kube.*"),
    "fluent_bit_that_is_there_already_on_the_node": FluentBitSettings(role="raw", match="kube.*"),
}
"""File -> what it is made from."""


def main() -> None:
    """Write all of them anew, and remove others."""
    for old in FOLDER.glob("*.yaml"):
        old.unlink()
    for name, settings in CASES.items():
        (FOLDER / f"{name}.yaml").write_text(render(settings))


if __name__ == "__main__":
    main()
