"""Networks that tests run on, made once per machine and kept in pytest's cache."""
