"""What one says about the black box. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class BlackBoxSettings:
    """Where boxes go, and how much is taken down."""

    folder: Path = Path("/var/lib/stratoscope/boxes")
    """A folder of this sidecar alone, on a volume that outlives the service's container (an emptyDir will do)."""
    limit: Annotated[int, "bytes"] = 64 * MEBIBYTE
    """All boxes together; the oldest go first. A box has 40 KB and the log's end, for a service
    with 30 threads of 20 frames; 170 KB for one with 300 of 30."""
    distance: Annotated[float, "seconds"] = 120.0
    """Between two boxes of one service at least, however often the suspicion comes and goes. Thirty an hour are enough."""
    dumps: int = 3
    """Stack dumps of each process. Three tell standing still from moving."""
    pause: Annotated[float, "seconds"] = 1.0
    """Between two of them."""
    processes: int = 8
    """Processes that are looked into: the suspected ones first, then the main one, then its workers."""
    log_tail: Annotated[int, "bytes"] = 64 << 10
    """The end of each log file that is taken."""
    report: bool = True
    """Whether to ask for a Guru Meditation Report, where the profile knows a signal for it and the process handles it."""
    report_folder: Path | None = None
    """`[oslo_reports] log_dir` of the service, as this container sees it. Without it the report goes to the service's
    standard error, and the box takes it from the log files."""
    report_file: Path | None = None
    """`[oslo_reports] file_event_handler` of the service, as this container sees it. It is touched, and no signal sent: the
    service then does not handle one."""
    report_seconds: Annotated[float, "seconds"] = 5.0
    """How long to wait for the report."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot work: (key, what and what to do)."""
        if self.limit < 4 * MEBIBYTE:
            yield "limit", "is less than 4M; one box alone may need that"
        if not self.folder.is_absolute():
            yield "folder", f"{self.folder} is not absolute; write /var/lib/stratoscope/boxes"
        if not 1 <= self.dumps <= 10:
            yield "dumps", "is not between 1 and 10; 3 tell standing still from moving"
        if self.processes < 1:
            yield "processes", "is less than 1; 8 is a good number"
        if self.distance < 0 or self.pause < 0 or self.report_seconds < 0 or self.log_tail < 0:
            yield "distance", "and pause, report_seconds, log_tail must not be negative"
