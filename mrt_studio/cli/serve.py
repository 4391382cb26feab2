"""`mrt-studio serve`: the studio in the browser."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mrt_studio.cli.cluster import add_cluster_flags, cluster_of
from mrt_studio.session.limits import Limits


def add_commands(commands: Any) -> None:
    """Add it to the parser's."""
    serve = commands.add_parser("serve", help="open the studio in the browser")
    serve.add_argument("--model", default=None, help="model to open: a symbol file, or demo:NAME")
    serve.add_argument("--project", type=Path, default=None, help="project folder; a temporary one when not given")
    serve.add_argument("--port", type=int, default=5006, help="port to listen on (5006)")
    serve.add_argument("--address", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--no-show", action="store_true", help="do not open a browser")
    serve.add_argument("--no-token", action="store_true", help="let in whoever reaches the loopback address")
    serve.add_argument("--basic-auth", type=Path, default=None, metavar="FILE", help="ask for a name and a password of this JSON file in place of the token")
    serve.add_argument("--allow-host", action="append", default=[], metavar="NAME", help="name under which the server is reached, beside localhost; repeatable")
    serve.add_argument("--max-upload", type=int, default=2000, metavar="MB", help="size of an uploaded file (2000)")
    serve.add_argument("--time-limit", type=int, default=0, metavar="SECONDS", help="of each job (none)")
    serve.add_argument("--memory-limit", type=int, default=0, metavar="MIB", help="that each job may take (none)")
    add_cluster_flags(serve)
    serve.set_defaults(action=_serve, json=False)


def _serve(arguments: argparse.Namespace) -> None:
    """Start the studio's server."""
    from mrt_studio.ui.server import serve  # noqa: PLC0415  (panel is only loaded for the server)

    serve(
        project=arguments.project,
        model=arguments.model,
        port=arguments.port,
        address=arguments.address,
        show=not arguments.no_show,
        with_token=not arguments.no_token,
        basic_auth=arguments.basic_auth,
        hosts=arguments.allow_host,
        max_upload=arguments.max_upload * 1_000_000,
        limits=Limits(arguments.time_limit, arguments.memory_limit),
        cluster=cluster_of(arguments),
    )
