"""The Panel app and the notebook widgets; numerics stay out."""
