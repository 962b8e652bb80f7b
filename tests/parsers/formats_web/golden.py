"""Writes the expectations of the web formats anew: `python -m tests.parsers.formats_web.golden`. Then read the difference."""

from parsers.formats.web import WEB
from tests.parsers.formats.helper import write_golden

if __name__ == "__main__":
    write_golden(WEB)
