"""The command line `mrt-studio`: a file for each group of commands."""

from mrt_studio.cli.command import main

__all__ = ["main"]
