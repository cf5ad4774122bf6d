"""The waveform side: files, resampling, front-ends, augmentation, speech."""

RATE_HZ = 16000
"""What every recording becomes."""
