"""Networks of several tasks that have most of their weights in common."""
