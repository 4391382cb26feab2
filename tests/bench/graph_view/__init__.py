"""How fast the graph view is beside Netron and Model Explorer: `python -m tests.bench.graph_view`."""
