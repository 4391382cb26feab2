"""Saves without end, to be killed: ``python saver.py FOLDER``, then one line with a number on standard input for each saver to start.

A saver is a fork, so that it starts in a millisecond. Lines on standard output: ``pid N``; ``saved KEY N`` after
each save that has returned; ``dead`` when the saver is.
"""

import itertools
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from mrt_studio.session.store import Store

KEYS, FILES, SIZE = 4, 12, 16384


@dataclass(frozen=True)
class Pages:
    """An artifact of several files that all hold the same number."""

    number: int

    def save(self, folder: Path) -> None:
        for i in range(FILES):
            (folder / f"page{i}").write_bytes(self.number.to_bytes(8, "big") * (SIZE // 8))
        (folder / "inner").mkdir()
        (folder / "inner" / "last").write_text(str(self.number))

    @classmethod
    def load(cls, folder: Path) -> "Pages":
        return cls(int((folder / "inner" / "last").read_text()))

    def summary(self) -> dict[str, int]:
        return {"number": self.number}


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def save_for_ever(folder: Path, first: int) -> None:
    store = Store(folder)
    for number in itertools.count(first):
        key = f"key{number % KEYS}"
        store.save("pages", key, Pages(number), 0.5)
        tell(f"saved {key} {number}")
        store.write_recipe({"calibrate": {"batch": number}})
        tell(f"saved recipe {number}")


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            save_for_ever(Path(sys.argv[1]), int(line))
        tell(f"pid {child}")
        os.waitpid(child, 0)
        tell("dead")


if __name__ == "__main__":
    main()
