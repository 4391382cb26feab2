"""CVM operators, one class each: attributes, shape, precision rule, exact kernel, cost."""
