"""The graph: immutable nodes, the front door for files, text; it knows no operator by name."""
