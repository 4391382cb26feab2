"""Readers of model formats other than MXNet's own; a drop-in folder."""
