"""A threshold out of TensorStats, one method a file; none needs the data again."""
