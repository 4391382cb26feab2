"""Rewrites of the float graph over several operators, one a file."""
