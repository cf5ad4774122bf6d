"""Model patches: scales and shifts, depth-wise kernels, statistics, last layer, in any union."""
