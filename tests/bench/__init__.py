"""Benchmarks: run by hand, print medians and ratios, assert nothing."""
