"""A Python script that reproduces a session and checks every file that it makes."""

from __future__ import annotations

from mrt_studio.session.exports.base import Exporter, exporters
from mrt_studio.session.reproduce import cells
from mrt_studio.session.session import Session


@exporters.register("script")
class Script(Exporter):
    """A Python script that makes the same artifacts and checks their hashes."""

    title, group, suffix, media = "Python script", "Reproduce", "py", "text/x-python"

    def write(self, session: Session) -> str:
        """The script."""
        parts = ["# Give a project folder, or none for a temporary one.\nimport sys\n"]
        for words, code in cells(session, "sys.argv[1] if len(sys.argv) > 1 else None"):
            parts.append("".join(f"# {line}\n" for line in words.splitlines()) + code)
        return "\n\n".join(parts)
