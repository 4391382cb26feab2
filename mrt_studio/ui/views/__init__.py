"""The parts of the page, one a file: a function from the page's state to something that Panel shows."""
