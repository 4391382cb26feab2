"""How fast the threshold lab follows a drag: `python -m tests.bench.lab`."""
