"""A Jupyter notebook that reproduces a session and checks every file that it makes."""

from __future__ import annotations

import json
from typing import Any

from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.reproduce import cells
from mrt_studio.session.session import Session


@exporters.register("notebook")
class Notebook(Exporter):
    """A Jupyter notebook that makes the same artifacts, checks their hashes and shows the graph."""

    title, group, suffix, media = "Jupyter notebook", "Reproduce", "ipynb", "application/x-ipynb+json"

    def write(self, session: Session) -> str:
        """The notebook, without outputs."""
        made = list[dict[str, Any]]()
        shown = ("The graph.", "from mrt_studio.widgets import GraphView\n\nGraphView(session)\n")
        for words, code in (*cells(session), shown):
            made.append({"cell_type": "markdown", "id": f"text-{len(made)}", "metadata": {}, "source": words})
            made.append({"cell_type": "code", "id": f"code-{len(made)}", "metadata": {}, "source": code.strip(), "outputs": [], "execution_count": None})
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        return json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False) + "\n"
