"""Accuracy of recipes against mrt_v3 and against other quantizers: see __main__.py."""
