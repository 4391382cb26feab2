"""Data sets: samples for calibration and evaluation; a drop-in folder."""
