"""Layers of networks: products, pooling, normalisation, activations, softmax."""
