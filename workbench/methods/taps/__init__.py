"""TAPS: layers are changed where a learned score passes a threshold."""
