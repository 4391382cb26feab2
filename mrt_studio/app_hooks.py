"""What `panel serve mrt_studio` runs once, before the server listens."""

import pathlib
import sys

root = str(pathlib.Path(__file__).resolve().parent.parent)
if root not in sys.path:
    sys.path.insert(0, root)

from mrt_studio.ui.server import install  # noqa: E402  (the path must be set first)

install()
