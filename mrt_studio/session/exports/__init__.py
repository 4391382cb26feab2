"""Exporters: what a session can be written as, one format a file."""
