"""`mrt-studio`: one sub-command a stage, one flag an option, no logic of its own.

Exit codes: 0 done, 1 refused or failed (the message says what, where, why and the remedy), 2 wrong usage,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence

from mrt_studio.cli import exports, project, reports, runs, serve, stages
from mrt_studio.cli.shared import EXIT_FAILED, EXIT_INTERRUPTED
from mrt_studio.engine import ISAS, pin_isa
from mrt_studio.errors import StudioError
from mrt_studio.version import __version__

GROUPS = (stages, serve, reports, runs, exports, project)
"""Modules with `add_commands`, in the order of the help."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(_joined(sys.argv[1:] if words is None else words))
    if rest and arguments.command != "run":  # a recipe's lines may be overridden
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        pin_isa(arguments.isa)
        result = arguments.action(arguments)
    except StudioError as error:
        if arguments.json:
            print(json.dumps({"error": error.to_dict()}))
        print(f"error: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return EXIT_INTERRUPTED
    if arguments.json:
        print(json.dumps(result, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mrt-studio", description="Turn a float network into a verified integer one for the Cortex virtual machine.")
    parser.add_argument("--version", action="version", version=f"mrt-studio {__version__}")
    parser.add_argument("--isa", choices=sorted(ISAS), default="", help="hold MXNet to an instruction set, for the same bits on every processor that has it")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_commands(commands)
    return parser


def _joined(words: Sequence[str]) -> list[str]:
    """Write ``--flag -1,3`` as ``--flag=-1,3``: argparse takes a list that starts with a minus for a flag.

    Overrides such as ``--section.key -1`` stay two words, as the recipe's reader wants them.
    """
    joined = list[str]()
    for word in words:
        if re.match(r"-\d", word) and joined and re.fullmatch(r"--[\w-]+", joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
