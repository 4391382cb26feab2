"""MXNet operators, one class each: attributes, shapes, prepare, quantize, samples."""
