"""The arguments of `stratoscope webhook`, as its command line reads them."""

import argparse

from stratoscope.webhook_command import add_arguments


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)
