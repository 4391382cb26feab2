"""The pipeline: frozen dataclasses whose fields are options, flags, form rows and recipe lines alike."""
