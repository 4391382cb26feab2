"""TensorStats: what one run over the data leaves behind, mergeable in any order."""
