"""How close the integer model is to the float one, one measure a file."""
