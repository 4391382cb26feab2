"""Operators that move, choose or make values."""
