"""The studio's tests; a mirror of the package, and the helpers they share."""
