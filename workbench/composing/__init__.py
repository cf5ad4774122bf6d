"""Keyword recognisers put together from heads that were learned one word at a time."""
