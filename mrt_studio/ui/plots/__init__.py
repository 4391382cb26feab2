"""Figures for Plotly as plain dicts, made of numbers that the session gives."""
