"""Recipes: presets as data, and the readers of recipe files; a drop-in folder."""
