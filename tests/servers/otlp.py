"""Receivers of OTLP, over HTTP and gRPC, that decode with the official classes and answer as the specification says."""

import ssl
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as traces_grpc
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collectors.sinks.otlp.status import RetryInfo, Status
from tests.servers.http import HOST, HttpServer, Reply, Request, Violation

PROTOBUF = "application/x-protobuf"


class Received:
    """The decoded requests of one receiver."""

    def __init__(self) -> None:
        self.logs: list[logs.ExportLogsServiceRequest] = []
        self.traces: list[traces.ExportTraceServiceRequest] = []

    def records(self) -> list[LogRecord]:
        groups = [scope for request in self.logs for one in request.resource_logs for scope in one.scope_logs]
        return [record for group in groups for record in group.log_records]

    def spans(self) -> list[Span]:
        groups = [scope for request in self.traces for one in request.resource_spans for scope in one.scope_spans]
        return [span for group in groups for span in group.spans]


class OtlpHttpServer(HttpServer):
    """`limit`: bytes of an unpacked request. `rejects`: how many records or spans of the next requests, and why."""

    def __init__(self, *, context: ssl.SSLContext | None = None, limit: int = 20 << 20, path: str = "") -> None:
        super().__init__(self._export, context, path)
        self.received = Received()
        self.rejects: deque[tuple[int, str]] = deque()
        self._limit = limit
        self._path = path

    def _export(self, request: Request) -> Reply:
        if request.headers["content-type"] != PROTOBUF:
            return Reply(415, b"")
        if len(request.body) > self._limit:
            return refusal(413, "request is too large")
        rejected, why = self.rejects.popleft() if self.rejects else (0, "")
        try:
            answer = self._taken(request, rejected, why)
        except DecodeError as error:
            raise Violation(f"not a request of OTLP: {error}") from error
        return Reply(200, answer.SerializeToString(), {"Content-Type": PROTOBUF})

    def _taken(self, request: Request, rejected: int, why: str) -> Any:
        if request.path == f"{self._path}/v1/logs":
            self.received.logs.append(_whole(logs.ExportLogsServiceRequest.FromString(request.body)))
            answer: Any = logs.ExportLogsServiceResponse()
            name = "rejected_log_records"
        elif request.path == f"{self._path}/v1/traces":
            self.received.traces.append(_whole(traces.ExportTraceServiceRequest.FromString(request.body)))
            answer, name = traces.ExportTraceServiceResponse(), "rejected_spans"
        else:
            raise Violation(request.path)
        if rejected or why:
            setattr(answer.partial_success, name, rejected)
            answer.partial_success.error_message = why
        return answer


def refusal(status: int, message: str, **headers: str) -> Reply:
    """An answer of 4xx or 5xx, with the Status that the specification wants in it."""
    return Reply(status, Status(message=message).SerializeToString(), {"Content-Type": PROTOBUF, **headers})


def status_details(code: grpc.StatusCode, message: str, seconds: float | None) -> bytes:
    """The trailer `grpc-status-details-bin`, with RetryInfo if there are `seconds`."""
    status = Status(code=code.value[0], message=message)
    if seconds is not None:
        info = RetryInfo()
        info.retry_delay.seconds, info.retry_delay.nanos = int(seconds), int(seconds % 1 * 1e9)
        detail = status.details.add()
        detail.type_url, detail.value = "type.googleapis.com/google.rpc.RetryInfo", info.SerializeToString()
    return bytes(status.SerializeToString())


class OtlpGrpcServer:
    """`plan`: (code, message, seconds of RetryInfo or None) for the next calls; `hang`: the next call is never answered."""

    def __init__(self, credentials: grpc.ServerCredentials | None = None, limit: int = 4 << 20, port: int = 0) -> None:
        self.received = Received()
        self.plan: deque[tuple[grpc.StatusCode, str, float | None]] = deque()
        self.rejects: deque[tuple[int, str]] = deque()
        self.metadata: list[dict[str, str | bytes]] = []
        self.hang = False
        self.leaving = threading.Event()
        options = (("grpc.max_receive_message_length", limit), ("grpc.so_reuseport", 0))
        self._server = grpc.server(ThreadPoolExecutor(4), options=options)
        logs_grpc.add_LogsServiceServicer_to_server(_Logs(self), self._server)  # type: ignore[no-untyped-call]
        traces_grpc.add_TraceServiceServicer_to_server(_Traces(self), self._server)  # type: ignore[no-untyped-call]
        address = f"{HOST}:{port}"
        add = self._server.add_insecure_port
        self.port = self._server.add_secure_port(address, credentials) if credentials else add(address)
        self.url = f"https://localhost:{self.port}" if credentials else f"http://{HOST}:{self.port}"

    def next(self, context: grpc.ServicerContext) -> tuple[int, str]:
        """Do what is planned; else how many are rejected, and why."""
        self.metadata.append(dict(context.invocation_metadata()))
        if self.hang:
            self.leaving.wait()
        if self.plan:
            code, message, seconds = self.plan.popleft()
            context.set_trailing_metadata((("grpc-status-details-bin", status_details(code, message, seconds)),))
            context.abort(code, message)
        return self.rejects.popleft() if self.rejects else (0, "")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.leaving.set()
        self._server.stop(0).wait()


class _Logs(logs_grpc.LogsServiceServicer):
    def __init__(self, owner: OtlpGrpcServer) -> None:
        self._owner = owner

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  gRPC's name
        rejected, why = self._owner.next(context)
        self._owner.received.logs.append(_whole(request))
        answer = logs.ExportLogsServiceResponse()
        if rejected or why:
            answer.partial_success.rejected_log_records, answer.partial_success.error_message = rejected, why
        return answer


class _Traces(traces_grpc.TraceServiceServicer):
    def __init__(self, owner: OtlpGrpcServer) -> None:
        self._owner = owner

    def Export(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  gRPC's name
        rejected, why = self._owner.next(context)
        self._owner.received.traces.append(_whole(request))
        answer = traces.ExportTraceServiceResponse()
        if rejected or why:
            answer.partial_success.rejected_spans, answer.partial_success.error_message = rejected, why
        return answer


def _whole(request: Any) -> Any:
    """The request, if it holds no empty envelope, which senders should not make."""
    groups = request.resource_logs if hasattr(request, "resource_logs") else request.resource_spans
    for group in groups:
        scopes = group.scope_logs if hasattr(group, "scope_logs") else group.scope_spans
        if not scopes or not all(scope.log_records if hasattr(scope, "log_records") else scope.spans for scope in scopes):
            raise Violation("an empty envelope")
    if not groups:
        raise Violation("an empty request")
    return request
