"""Numbers and words that colour the nodes of a graph."""
