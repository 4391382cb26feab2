"""Photos: the pictures that the package scikit-image carries, for trying things out."""

from __future__ import annotations

from dataclasses import dataclass

from mrt_studio.datasets.base import datasets
from mrt_studio.datasets.packages import package_file, package_folder
from mrt_studio.datasets.pictures import Picture, Pictures

INSTALL = "scikit-image>=0.24,<0.25"

_FILES = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "retina.jpg",
    "rocket.jpg",
)


@datasets.register("photos")
@dataclass(frozen=True, kw_only=True)
class Photos(Pictures):
    """Seventeen photos without labels; those of scikit-image that are no drawings, texts or patterns."""

    def check(self) -> None:
        """Refuse bad options and a missing package."""
        super().check()
        package_folder("skimage", INSTALL)

    def find(self) -> tuple[Picture, ...]:
        """The photos in alphabetical order."""
        return tuple(Picture(package_file("skimage", INSTALL, f"data/{name}"), name.partition(".")[0]) for name in _FILES)
