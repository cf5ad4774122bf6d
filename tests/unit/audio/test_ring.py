"""The ring against a plain growing array."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audio.ring import RingBuffer

sizes = st.lists(st.integers(0, 40), max_size=30)


def _ramp(start: int, length: int) -> np.ndarray:
    return np.arange(start, start + length, dtype=np.float32)


@given(capacity=st.integers(1, 25), blocks=sizes, window=st.integers(0, 60))
def test_the_latest_samples_are_those_of_a_growing_array(
    capacity: int, blocks: list[int], window: int
) -> None:
    ring = RingBuffer(capacity)
    everything = np.zeros(0, dtype=np.float32)
    for size in blocks:
        block = _ramp(len(everything), size)
        ring.write(block)
        everything = np.concatenate([everything, block])
        held = everything[-capacity:]
        np.testing.assert_array_equal(
            ring.latest(window), held[len(held) - window :] if window < len(held) else held
        )
    assert ring.position == len(everything)


@given(capacity=st.integers(1, 25), blocks=sizes, reads=st.lists(st.booleans(), max_size=30))
def test_a_reader_gets_every_sample_or_is_told_how_many_are_lost(
    capacity: int, blocks: list[int], reads: list[bool]
) -> None:
    ring = RingBuffer(capacity)
    total = position = 0
    for size, read in zip(blocks, reads, strict=False):
        ring.write(_ramp(total, size))
        total += size
        if read:
            samples, next_position, overrun = ring.read_since(position)
            assert next_position == total
            np.testing.assert_array_equal(samples, _ramp(position + overrun, len(samples)))
            assert overrun + len(samples) == total - position
            assert overrun == max(0, total - position - capacity)
            position = next_position


def test_what_is_returned_is_not_overwritten_later() -> None:
    ring = RingBuffer(4)
    ring.write(_ramp(0, 4))
    window = ring.latest(4)
    ring.write(_ramp(100, 4))
    np.testing.assert_array_equal(window, [0, 1, 2, 3])


def test_a_writer_and_a_reader_in_two_threads_lose_nothing_silently() -> None:
    ring = RingBuffer(5_000)
    total = 200_000

    def produce() -> None:
        for start in range(0, total, 160):
            ring.write(_ramp(start, 160))

    writer = threading.Thread(target=produce)
    writer.start()
    position = 0
    while position < total:
        samples, position, _ = ring.read_since(position)
        if len(samples):
            np.testing.assert_array_equal(samples, _ramp(position - len(samples), len(samples)))
    writer.join()


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        RingBuffer(0)
