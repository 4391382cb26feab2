"""What `panel serve mrt_studio` runs for each page; everything that lasts is in importable modules."""

import pathlib
import sys

root = str(pathlib.Path(__file__).resolve().parent.parent)
if root not in sys.path:
    sys.path.insert(0, root)

from mrt_studio.ui.app import create_app  # noqa: E402  (the path must be set first)

create_app().servable()
