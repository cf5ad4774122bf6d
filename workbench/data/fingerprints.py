"""Finds copies of a recording after re-encoding, shifting in time or a change of level.

Two steps keep the cost bounded. Short spectral patches around the loudest moments do not move
with the recording, so a copy has a near-equal patch: a matrix product gives a few candidates per
clip. Cross-correlation of the narrow-band waveforms then decides: on Speech Commands, Arabic
Speech Commands and Picovoice's wake words, copies through Opus, Vorbis and MP3 (down to the lowest
quality), shifted by up to 250 ms, correlate above 0.88 in the part that they share, and different
takes of one speaker below 0.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, firwin, resample_poly, sosfilt

from workbench.audio import RATE_HZ

Floats = npt.NDArray[np.float32]

SAME_RECORDING = 0.88
LONGEST_S = 6.0
_HALF_RATE_HZ = 8000
_NARROW_HZ = 4000
_NARROW_BAND_HZ = (150.0, 1800.0)
_WINDOW = 256
_HOP = 128
_BANDS = 16
_BAND_RANGE_HZ = (200.0, 3400.0)
_PATCH_REACH_FRAMES = 12
_PATCHES = 3
_PATCH_DISTANCE_FRAMES = 8
# What two clips share must hold this part of the energy of each, or chance alignments count.
_LEAST_SHARED_ENERGY = 0.3
_CANDIDATES = 5
_BLOCK_CLIPS = 256


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of a clip.

    Attributes:
        patches: (patch, band x frame), each of unit length.
        narrow: Band-passed waveform (sample,) at 4 kHz, at most ``LONGEST_S`` long.
    """

    patches: Floats
    narrow: Floats


def fingerprint(samples: Floats) -> Fingerprint:
    """Fingerprint the first seconds of a clip (sample,) at 16 kHz."""
    head = samples[: int(LONGEST_S * RATE_HZ)]
    half = resample_poly(head, _HALF_RATE_HZ, RATE_HZ, window=_half_band())
    low = np.asarray(half, dtype=np.float32)
    narrow = sosfilt(_band_pass(), low)[:: _HALF_RATE_HZ // _NARROW_HZ]
    return Fingerprint(_patches(low), np.ascontiguousarray(narrow, dtype=np.float32))


def copies(
    queries: Sequence[Fingerprint], others: Sequence[Fingerprint]
) -> list[tuple[int, int, float]]:
    """Find recordings among ``others`` that a query is a copy of.

    Returns:
        (index of query, index of other, correlation 0-1) of each pair, ordered by index.
    """
    found = []
    for query, other in _candidates(queries, others):
        likeness = correlation(queries[query].narrow, others[other].narrow)
        if likeness >= SAME_RECORDING:
            found.append((query, other, likeness))
    return sorted(found)


def correlation(first: Floats, second: Floats) -> float:
    """Normalized correlation 0-1 of two waveforms (sample,) at their best alignment.

    Only the shared part counts; zero when that holds too little of either one's energy.
    """
    energies = float(first @ first), float(second @ second)
    if min(energies) <= 0:
        return 0.0
    size = 1 << (len(first) + len(second)).bit_length()
    spectrum = np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    lag = int(np.argmax(np.abs(np.fft.irfft(spectrum, size))))
    lag = lag - size if lag > size // 2 else lag
    a, b = first[max(lag, 0) :], second[max(-lag, 0) :]
    length = min(len(a), len(b))
    a, b = a[:length], b[:length]
    shared = float(a @ a), float(b @ b)
    if min(shared[0] / energies[0], shared[1] / energies[1]) < _LEAST_SHARED_ENERGY:
        return 0.0
    return float(abs(a @ b) / np.sqrt(shared[0] * shared[1]))


def _candidates(
    queries: Sequence[Fingerprint], others: Sequence[Fingerprint]
) -> list[tuple[int, int]]:
    """Pairs of each query with the few others that have the most similar patch."""
    if not queries or not others:
        return []
    library = np.concatenate([other.patches for other in others]).T
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(queries), _BLOCK_CLIPS):
        block = queries[start : start + _BLOCK_CLIPS]
        scores = np.concatenate([query.patches for query in block]) @ library
        best = scores.reshape(len(block), _PATCHES, len(others), _PATCHES).max(axis=(1, 3))
        kept = min(_CANDIDATES, len(others))
        nearest = np.argpartition(-best, kept - 1, axis=1)[:, :kept]
        pairs += [(start + row, int(one)) for row, few in enumerate(nearest) for one in few]
    return pairs


def _patches(low: Floats) -> Floats:
    """Spectral surroundings of the loudest moments (patch, band x frame), each of unit length."""
    padded = np.pad(low, (0, max(0, _WINDOW - len(low))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    spectrum = np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32))
    power = (np.abs(spectrum) ** 2).astype(np.float32) @ _band_weights()
    loudness = np.convolve(power.sum(axis=1), np.hanning(9), "same")[: len(power)]
    reach = _PATCH_REACH_FRAMES
    # A power of 0.25 keeps quiet consonants visible, as a logarithm would, without its noise floor.
    surface = np.pad((power / (power.sum(axis=1).max() + 1e-12)) ** 0.25, ((reach, reach), (0, 0)))
    patches = np.zeros((_PATCHES, (2 * reach + 1) * _BANDS), dtype=np.float32)
    for patch in patches:
        centre = int(loudness.argmax())
        distance = _PATCH_DISTANCE_FRAMES
        loudness[max(0, centre - distance) : centre + distance + 1] = 0
        values = surface[centre : centre + 2 * reach + 1].ravel()
        values = values - values.mean()
        patch[:] = values / (np.linalg.norm(values) + 1e-9)
    return patches


@cache
def _half_band() -> npt.NDArray[np.float64]:
    """The filter that ``resample_poly`` would design anew for every clip."""
    return np.asarray(firwin(41, 0.5, window=("kaiser", 5.0)))


@cache
def _band_pass() -> npt.NDArray[np.float64]:
    return np.asarray(butter(4, _NARROW_BAND_HZ, "band", fs=_HALF_RATE_HZ, output="sos"))


@cache
def _band_weights() -> Floats:
    """Overlapping triangles on a logarithmic axis (bin, band)."""
    edges = np.geomspace(*_BAND_RANGE_HZ, _BANDS + 1) / _HALF_RATE_HZ * _WINDOW
    centres = (edges[:-1] + edges[1:]) / 2
    widths = np.maximum(np.diff(edges), 2.0)
    bins = np.arange(_WINDOW // 2 + 1)[:, None]
    return np.clip(1 - np.abs(bins - centres) / widths, 0, None).astype(np.float32)
