"""The flags that say where the batches of calibration and evaluation run."""

from __future__ import annotations

import argparse

from mrt_studio.session.cluster import Cluster


def add_cluster_flags(parser: argparse.ArgumentParser) -> None:
    """Add them to a command that runs stages."""
    parser.add_argument("--workers", type=int, default=0, help="processes of this machine that share the batches of calibrate and evaluate")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="Dask cluster that does: tls://HOST:PORT, or tcp://127.0.0.1:PORT")
    for name, what in (("ca", "certificates to trust"), ("cert", "certificate to show"), ("key", "its private key")):
        parser.add_argument(f"--tls-{name}", default="", metavar="FILE", help=f"PEM file for tls://: {what}")


def cluster_of(arguments: argparse.Namespace) -> Cluster | None:
    """What the flags say; None without any of them.

    Raises:
        OptionError: they do not fit together.
    """
    given = {name: getattr(arguments, name) for name in ("workers", "scheduler", "tls_ca", "tls_cert", "tls_key")}
    return Cluster(**given) if any(given.values()) else None
