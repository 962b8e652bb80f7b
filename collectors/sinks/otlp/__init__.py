"""OTLP, OpenTelemetry's own protocol: events become log records of the official protobuf classes, sent by HTTP or gRPC.

The transports know requests and answers only, so spans (`collectors.traces`) go the same way with the same care.
"""
