"""How the tests start a server: with a project folder and a port as its words."""

SERVE = "import sys; from pathlib import Path; from mrt_studio.ui.server import serve; serve(Path(sys.argv[1]), port=int(sys.argv[2]), with_token=False)"
"""Code for ``python -c``."""
