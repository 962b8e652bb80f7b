"""What the view of health says of a process that has no probes or exporters, and how there would be some."""

from stratoscope.web.model import Checks

PROBES = "None runs here. Name what to look at under `services` in a file, and start `stratoscope run -c FILE`: docs/page.md."
EXPORTERS = "None runs here. Name targets under `exporters` in a file, and start `stratoscope run -c FILE`: docs/page.md."
NOTHING_BESIDE = (Checks("Probes", (), PROBES), Checks("Exporters", (), EXPORTERS))
