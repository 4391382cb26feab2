"""Python side of the front-end components: traits, declared once for Jupyter and Panel."""
