"""SpotTune: an agent sends each input through the frozen or the tuned copy of each block."""
