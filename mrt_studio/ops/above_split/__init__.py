"""Operators that integers cannot express: they can stay above the split keys."""
