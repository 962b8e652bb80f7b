"""What must hold of any bytes whatever, one class for each sentence of the parser's contract."""

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parsers.model import Event
from parsers.oslo_profiles import PROFILES
from parsers.parser import JsonParser, Parser, ParserOptions
from tests.parsers.pieces import ANY, PLAIN, texts

DATA = Path(__file__).parents[1] / "data"
NOW = 1_795_404_781.0
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
CUTS = st.lists(st.integers(0, 4000), max_size=6)
