"""The sections of RESULTS.md."""
