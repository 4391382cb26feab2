"""The field for uploads; the front end is `widgets/src/upload.ts`. What has arrived is what the server says, not the page."""

from __future__ import annotations

import param
from panel.custom import AnyWidgetComponent

from mrt_studio.ui.widgets.base import bundle


class UploadPane(AnyWidgetComponent):
    """Files are chosen or dropped, and sent to `address` one by one."""

    _bundle = bundle("upload")

    address = param.String(doc="Where the files go; the name is added.")
    most_bytes = param.Integer(0, doc="Bytes that a file may have.")
    suffixes = param.List([], doc="The kinds of files that are taken.")
    files = param.List([], doc="What has arrived: dicts of name and bytes.")
