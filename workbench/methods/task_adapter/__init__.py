"""Task adapters: a narrow encoder beside the shared one, whose channels are priced and closed while it learns."""
