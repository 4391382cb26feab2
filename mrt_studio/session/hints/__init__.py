"""Hints: what a look at the state of a session suggests next, one rule a file."""
