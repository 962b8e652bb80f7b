"""`google.rpc.Status` and the one detail of it that OTLP gives a meaning to, `RetryInfo`.

Their official classes come in a package of 150 unrelated ones (googleapis-common-protos), so the fields are declared here.
"""

from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.protobuf.message import DecodeError

_RETRY_INFO = "google.rpc.RetryInfo"
_FIELD = descriptor_pb2.FieldDescriptorProto


def _declared() -> descriptor_pool.DescriptorPool:
    """A pool of its own: in the common one another library may have declared them as well."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="google/rpc/status.proto", package="google.rpc", syntax="proto3")
    for known in (any_pb2, duration_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
        file.dependency.append(known.DESCRIPTOR.name)
    status = file.message_type.add(name="Status").field
    status.add(name="code", number=1, type=_FIELD.TYPE_INT32, label=_FIELD.LABEL_OPTIONAL)
    status.add(name="message", number=2, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    of_messages = status.add(name="details", number=3, type=_FIELD.TYPE_MESSAGE, label=_FIELD.LABEL_REPEATED)
    of_messages.type_name = ".google.protobuf.Any"
    retry = file.message_type.add(name="RetryInfo").field
    delay = retry.add(name="retry_delay", number=1, type=_FIELD.TYPE_MESSAGE, label=_FIELD.LABEL_OPTIONAL)
    delay.type_name = ".google.protobuf.Duration"
    pool.AddSerializedFile(file.SerializeToString())
    return pool


_POOL = _declared()
Status: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("google.rpc.Status"))
RetryInfo: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(_RETRY_INFO))


def message_of(data: bytes) -> str:
    """The message of an encoded Status; empty where `data` is none."""
    try:
        return str(Status.FromString(data).message)
    except DecodeError:
        return ""


def retry_delay(data: bytes) -> float | None:
    """Seconds of the RetryInfo in an encoded Status; None where there is none, 0 where it names no time."""
    try:
        for detail in Status.FromString(data).details:
            if detail.type_url.rpartition("/")[2] == _RETRY_INFO:
                delay = RetryInfo.FromString(detail.value).retry_delay
                return max(0.0, float(delay.seconds + delay.nanos / 1e9))
    except DecodeError:
        return None
    return None
