"""Pretrained networks that packages ship, ready to open; a drop-in folder."""
