"""Write every n-th frame of a folder's videos as pictures.

Usage: python tests/bench/accuracy/frames.py FOLDER OUT [--every N]

Runs in any environment with OpenCV (opencv-python-headless), which MRT Studio does not need. The videos meant are those
of Debian's package opencv-doc: vtest.avi, tree.avi and Megamind.avi.
"""

import argparse
from pathlib import Path

VIDEOS = ("vtest.avi", "tree.avi", "Megamind.avi")


def main() -> None:
    """Decode and write."""
    import cv2

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--every", type=int, default=8)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in VIDEOS:
        video, number = cv2.VideoCapture(str(options.folder / name)), 0
        while True:
            there, frame = video.read()
            if not there:
                break
            if number % options.every == 0:
                cv2.imwrite(str(options.out / f"{Path(name).stem}_{number:04}.png"), frame)
            number += 1
        print(f"{name}: {number} frames")


if __name__ == "__main__":
    main()
