"""Settings become a configuration of Fluent Bit 5.1 as YAML. Pure.

Each value that Fluent Bit would have otherwise, and that loses logs or hangs, is set, and the reason stands above it.
"""

from collectors.fluentbit import outputs
from collectors.fluentbit.settings import FluentBitSettings
from collectors.fluentbit.writing import Document, Section
from collectors.forward.settings import host_and_port, is_unix

_HEAD = "Made by `stratoscope collect --print-fluent-bit` for Fluent Bit 5.1; docs/fluent-bit.md tells more. Role: {role}."
_EVENTS = "stratoscope.*"
_LINES = "lines"
_BUFFER = 1 << 30

_REASONS = outputs.REASONS | {
    "flush": "How long a line waits. Less brings lines sooner, in smaller chunks.",
    "http_server=True": "Health and metrics; health tells of outputs only, so watch fluentbit_input_records_total as well.",
    "hot_reload": "POST /api/v2/reload takes a new configuration without loss; all counters begin at 0 then.",
    "storage.path": "Chunks are kept here: without it a restart loses all that was not delivered.",
    "storage.max_chunks_up": "Less makes it log `cannot mmap/read chunk` under load.",
    "storage.keep.rejected": "Chunks that an output will never take are kept, and not just dropped.",
    "scheduler.cap": "The default is 2000 s: half an hour of silence after an outage.",
    "storage.type": "On disk. Never `mem_buf_limit`: with `multiline.parser` it loses lines (fluent-bit#8353).",
    "unix_perm": "Who may write to it may send events.",
    "tag=lines": "One tag for all files: a chunk of its own for each would have to wait for the acknowledgement of the others.",
    "path": "A pattern that names the file after rotation too, or what is written in between is lost.",
    "refresh_interval": "With the default of 60 s a file that is rotated quickly is found too late.",
    "multiline.parser": "It joins the parts that the runtime cut a long line into. Records are joined by stratoscope.",
    "db": "Where it read to. One file for each input.",
    "skip_long_lines": "Otherwise a file with one long line is not read any more.",
    "buffer_max_size": "Longest line.",
    "require_ack_response": "A chunk is kept until all events out of it are safe.",
    "unix_path": "No shared_key here: over a unix socket it makes Fluent Bit 5.1.1 crash.",
    "workers": "Each has one chunk under way and waits for its acknowledgement. net.io_timeout means nothing to a unix\n"
    "socket: stratoscope closes a connection that waits too long, so that the output notices.",
}


def render(settings: FluentBitSettings) -> str:
    """The configuration as YAML text."""
    document = Document(_REASONS)
    document.comment(_HEAD.format(role=settings.role))
    if settings.role == "raw":
        document.comment("Put this output into the pipeline that is there; its inputs need `storage.type: filesystem`.")
        document.begin("pipeline")
    else:
        document.mapping("service", _service(settings))
        document.begin("pipeline")
        document.begin("inputs", 2)
        if settings.role == "pair":
            document.listed(_tail(settings))
        document.listed(_events(settings))
    document.begin("outputs", 2)
    if settings.role != "ship":
        document.listed(_lines(settings))
    for name, output in settings.outputs.items() if settings.role != "raw" else ():
        document.listed(outputs.section_of(name, output, _EVENTS, settings.state))
    return document.text()


def _service(settings: FluentBitSettings) -> Section:
    service: Section = {"flush": 1, "grace": 5, "log_level": "warn"}
    if settings.http:
        host, port = host_and_port(settings.http)
        service |= {
            "http_server": True,
            "http_listen": host,
            "http_port": port,
            "health_check": True,
            "hc_errors_count": 5,
            "hc_retry_failure_count": 5,
            "hc_period": 60,
            "hot_reload": True,
        }
    return service | {
        "storage.path": settings.state,
        "storage.sync": "normal",
        "storage.max_chunks_up": 128,
        "storage.backlog.mem_limit": "16M",
        "storage.metrics": True,
        "storage.keep.rejected": True,
        "storage.rejected.limit": f"{settings.rejected >> 20}M",
        "scheduler.base": 1,
        "scheduler.cap": 30,
    }


def _tail(settings: FluentBitSettings) -> Section:
    section: Section = {"name": "tail", "tag": _LINES, "path": ",".join(settings.paths)}
    if settings.exclude:
        section["exclude_path"] = ",".join(settings.exclude)
    section["path_key"] = "file"
    if settings.format == "container":
        section["multiline.parser"] = "docker, cri"
    return section | {
        "db": f"{settings.state}/tail.db",
        "db.locking": True,
        "read_from_head": True,
        "refresh_interval": 1,
        "rotate_wait": 30,
        "buffer_chunk_size": "64k",
        "buffer_max_size": "1M",
        "skip_long_lines": True,
        "storage.type": "filesystem",
    }


def _events(settings: FluentBitSettings) -> Section:
    section: Section = {"name": "forward"}
    if is_unix(settings.events):
        section |= {"unix_path": settings.events.removeprefix("unix:"), "unix_perm": "0660"}
    else:
        host, port = host_and_port(settings.events)
        section |= {"listen": host, "port": port}
    return section | {"storage.type": "filesystem"}


def _lines(settings: FluentBitSettings) -> Section:
    section: Section = {
        "name": "forward",
        "alias": "stratoscope",
        "match": _LINES if settings.role == "pair" else settings.match,
    }
    if is_unix(settings.lines):
        section |= {"unix_path": settings.lines.removeprefix("unix:"), "workers": 4}
    else:
        host, port = host_and_port(settings.lines)
        section |= {"host": host, "port": port, "net.connect_timeout": "10s", "net.io_timeout": "60s"}
    return section | {"require_ack_response": True} | outputs.delivery(_BUFFER)
