"""Residual adapters: a 1x1 convolution beside or behind each larger one."""
