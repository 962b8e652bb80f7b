"""The parts of the documents that are made out of the code: `python -m tests.documents.tables` writes them anew.

Each stands between `<!-- NAME: made by make docs -->` and `<!-- end -->`; a test says when one is not fresh.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from collectors.fluentbit.settings import FluentBitSettings
from collectors.forward.settings import ForwardInput, ForwardOutput
from exporters.frame import metrics as frame_metrics
from exporters.frame.plan import Collection
from exporters.metrics import Metric
from exporters.table import EXPORTERS
from parsers.dependency import RULES
from parsers.events import OSLO_TEXT
from parsers.formats import FORMATS
from parsers.formats.base import Format
from parsers.model import decode
from parsers.oslo_profiles import PROFILES
from parsers.wrappers import WRAPPERS
from probes.verdict.settings import PolicySettings
from probes.wait.settings import WaitSettings
from stratoscope.backends.settings import LokiSearch, OpenSearchSearch
from stratoscope.cli import COMMANDS, _parser
from stratoscope.collect import metrics as collect_metrics
from stratoscope.collect.settings import CollectSettings
from stratoscope.export import own
from stratoscope.export.settings import ExportSettings, section_class
from stratoscope.inject.settings import InjectSettings
from stratoscope.probe import metrics as probe_metrics
from stratoscope.probe import own as probe_own
from stratoscope.probe.settings import ProbeSettings
from stratoscope.run.settings import RunSettings
from stratoscope.serving.web_config import WebConfig
from stratoscope.settings.describe import described
from stratoscope.store.schema import default_path
from stratoscope.telemetry import diagnosis_metrics, log_metrics, trace_metrics
from stratoscope.webhook import metrics as webhook_metrics
from stratoscope.webhook.settings import WebhookSettings
from tests.dashboards.documents import alert_tables, fault_table
from tests.documents import injection
from tests.documents import profiles as profile_pages
from tests.documents.faults import probe_faults
from tests.documents.probes import probe_profiles, verdict_rules
from tests.documents.text import cell, code, table
from tests.helm.values import chart_values

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
OSLO_SAMPLE = "2026-11-23 03:33:01.807 32594 ERROR nova.compute.manager [None req-5f1c1b2e-0000-4000-8000-000000000002 - -…"
_SAMPLE_WIDTH = 110
_PART = re.compile(r"(?P<begin><!-- (?P<name>[a-z ]+): made by make docs -->\n)(?P<text>.*?)(?P<end><!-- end -->\n)", re.DOTALL)


def shortened(text: str, width: int = _SAMPLE_WIDTH) -> str:
    """Text in one line of at most `width` characters."""
    line = text.replace("\t", " ").strip()
    return line if len(line) <= width else line[: width - 1] + "…"


# -- formats ---------------------------------------------------------------------------------------------------------


def sample_of(format_: Format) -> str:
    """A line in tests/data that the format knows as a first line; in its own folder, if it has one."""
    own = sorted((DATA / "formats" / format_.name).glob("*.log"))
    # What Python itself prints has no folder: it is found among what was recorded of services.
    for path in own or [*sorted((DATA / "python_blocks").iterdir()), *sorted((DATA / "oslo").glob("*.log"))]:
        for line in path.read_bytes().splitlines():
            if (not format_.starts or line[:1] in format_.starts) and format_.opens(line):
                return decode(line)
    raise LookupError(f"no sample of {format_.name} in tests/data")


def what_it_is(format_: Format) -> str:
    """First sentence or line of the docstring of its module, and all of its own."""
    module = (sys.modules[type(format_).__module__].__doc__ or "").partition("\n\n")[0]
    own = (type(format_).__doc__ or "").partition("\n\n")[0]
    return " ".join(f"{module} {own}".split())


def formats() -> str:
    """All formats in the order of trying."""
    rows = {f.name: (code(f.name), cell(what_it_is(f)), code(shortened(sample_of(f)))) for f in FORMATS}
    oslo = (code(OSLO_TEXT), "The text of oslo.log, by any of the profiles below.", code(shortened(OSLO_SAMPLE)))
    return table(("name", "what it is", "a first line"), [oslo, *rows.values()])


def profiles() -> str:
    """All oslo.log profiles in the order of trying; what they are stands as comments beside them."""
    source = (ROOT / "parsers" / "oslo_profiles.py").read_text()
    comments = dict(re.findall(r'compile_profile\(\n\s+"([a-z-]+)",  # (.*)\n', source))
    return table(("profile", "where it is found"), ((code(p.name), cell(comments[p.name])) for p in PROFILES))


def wrappers() -> str:
    """All wrappers."""
    rows = ((code(w.name), cell(" ".join((type(w).__doc__ or "").split()))) for w in WRAPPERS)
    return table(("wrapper", "what it is"), rows)


def dependencies() -> str:
    """All rules of blame in the order of trying."""
    rows = ((code(rule.id), code(shortened(rule.sample))) for rule in RULES)
    return table(("rule", "a text that it claims"), rows)


# -- the command line ------------------------------------------------------------------------------------------------


def arguments_of(name: str) -> Iterator[argparse.Action]:
    """All arguments of the command called `name`."""
    commands = next(action for action in _parser(name)[0]._actions if isinstance(action, argparse._SubParsersAction))
    yield from (action for action in commands.choices[name]._actions if action.dest != "help")


def commands() -> str:
    """A table of arguments for each command."""
    parts = []
    for command in COMMANDS:
        rows = [(code(_names(action)), cell(_help(action))) for action in arguments_of(command.name)]
        parts.append(f"### stratoscope {command.name}\n{command.help}\n\n{table(('argument', 'what it does'), rows)}")
    return "\n".join(parts)


def _names(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else " " + str(action.metavar or "|".join(action.choices or ()) or action.dest.upper())
    return ", ".join(action.option_strings) + value if action.option_strings else f"[{action.metavar} ...]"


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default}
    return text.replace(str(default_path()), "~/.local/state/stratoscope/events.db")


# -- settings and metrics ----------------------------------------------------------------------------------------------


def settings_of(cls: type) -> str:
    """A table of the settings in a dataclass."""
    told = (one for one in described(cls) if not one.key.startswith("collection."))  # these have a table of their own
    rows = ((code(one.key), cell(one.written), code(one.default) or "required", cell(one.meaning)) for one in told)
    return table(("key", "what is written", "default", "meaning"), rows)


def collect_settings() -> str:
    """Those of the file of `collect`, but for what has a page of its own."""
    elsewhere = re.compile(r"sources\.NAME\(forward\)\.|sinks\.NAME\.to\((?!stdout|file|store)|traces\.|fluent_bit\.")
    told = (one for one in described(CollectSettings) if not elsewhere.match(one.key))
    rows = ((code(one.key), cell(one.written), code(one.default) or "required", cell(one.meaning)) for one in told)
    return table(("key", "what is written", "default", "meaning"), rows)


def exporter_settings() -> str:
    """A table of settings for each exporter."""
    parts = [f"### {one.name}\n{one.summary}\n\n{settings_of(section_class(one))}" for one in EXPORTERS]
    return "\n".join(parts)


def exporter_summaries() -> str:
    """All exporters, each with a page of its own."""
    rows = (
        (
            f"[{code(one.name)}]({one.name}.md)",
            cell(one.summary),
            "on each scrape" if one.plan.lane == "scrape" else f"every {one.plan.interval:g} s",
            f"{one.plan.timeout:g} s",
        )
        for one in EXPORTERS
    )
    return table(("exporter", "what it tells", "when it asks", "timeout"), rows)


def metrics_of(metrics: Iterable[Metric]) -> str:
    """A table of metrics by their names."""
    rows = (
        (code(one.name), one.kind, cell(", ".join(map(code, one.labels))), cell(meaning_of(one)), cell(one.source))
        for one in sorted(metrics, key=lambda one: one.name)
    )
    return table(("name", "type", "labels", "meaning", "source"), rows)


def meaning_of(metric: Metric) -> str:
    """Its help, and the words that it may have."""
    states = f" One of {', '.join(map(code, metric.states))}." if metric.states else ""
    told = f" Tells {', '.join(map(code, metric.told))}." if metric.told else ""
    return f"{metric.help}{states}{told}"


def exporter_metrics() -> str:
    """All metrics of all exporters."""
    parts = [f"## {one.name}\n{one.summary}\n\n{metrics_of(one.metrics())}" for one in EXPORTERS]
    frame = f"## Every target\n\n{metrics_of(frame_metrics.METRICS)}"
    return "\n".join([*parts, frame, f"## The process\n\n{metrics_of(own.METRICS)}"])


def search_settings() -> str:
    """Both backends."""
    parts = (f"`kind: {kind}`\n\n{settings_of(cls)}" for kind, cls in (("loki", LokiSearch), ("opensearch", OpenSearchSearch)))
    return "\n".join(parts)


PARTS: dict[str, Callable[[], str]] = {
    "collect settings": collect_settings,
    "collect metrics": lambda: metrics_of((*collect_metrics.METRICS, *trace_metrics.METRICS)),
    "collection settings": lambda: settings_of(Collection),
    "export settings": lambda: settings_of(ExportSettings),
    "exporter settings": exporter_settings,
    "exporters": exporter_summaries,
    "exporter metrics": exporter_metrics,
    "probe settings": lambda: settings_of(ProbeSettings),
    "probe metrics": lambda: metrics_of((*probe_metrics.TABLE, *probe_own.METRICS)),
    "probe profiles": probe_profiles,
    "probe faults": probe_faults,
    "verdict rules": verdict_rules,
    "verdict settings": lambda: settings_of(PolicySettings),
    "forward source": lambda: settings_of(ForwardInput),
    "forward sink": lambda: settings_of(ForwardOutput),
    "fluent bit": lambda: settings_of(FluentBitSettings),
    "wait settings": lambda: settings_of(WaitSettings),
    "run settings": lambda: settings_of(RunSettings),
    "webhook settings": lambda: settings_of(WebhookSettings),
    "webhook metrics": lambda: metrics_of(webhook_metrics.METRICS),
    "web configuration": lambda: settings_of(WebConfig),
    "log metrics": lambda: metrics_of(log_metrics.METRICS),
    "diagnosis metrics": lambda: metrics_of(diagnosis_metrics.METRICS),
    "search settings": search_settings,
    "alerts": alert_tables,
    "faults": fault_table,
    "injection annotations": injection.annotations,
    "injection settings": lambda: settings_of(InjectSettings),
    "injection profiles": injection.profiles,
    "injection refusals": injection.refusals,
    "injected workloads": injection.injected_workloads,
    "other workloads": injection.other_workloads,
    "formats": formats,
    "profiles": profiles,
    "wrappers": wrappers,
    "dependency rules": dependencies,
    "commands": commands,
    "chart values": chart_values,
}


def fresh(text: str) -> str:
    """The text of a document, its made parts made anew."""
    return _PART.sub(lambda found: f"{found['begin']}{PARTS[found['name']]()}{found['end']}", text)


def main() -> None:
    """Write the made parts of all documents anew."""
    for path in DOCUMENTS:
        path.write_text(fresh(path.read_text()))
    profile_pages.main()


if __name__ == "__main__":
    main()
