"""The streaming engine: independent of block sizes, the same for file and microphone, exact side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.detection.fakes import LOGMEL, LoudnessScorer
from workbench.audio.files import Samples, resample
from workbench.audio.frontend import FRONTENDS, build_frontend
from workbench.audio.resample import StreamResampler
from workbench.detection.decoder import DecoderConfig, Detection
from workbench.detection.stream import StreamEngine, StreamFrame, StreamResult, listen_to
from workbench.errors import WorkbenchError

RATE_HZ = 16000
HOP = 1280
CONFIG = DecoderConfig(threshold=0.6, smoothing_ms=160, refractory_ms=400, hop_ms=80)


def bursts(starts_s: Sequence[float], length_s: float = 2.6, rate_hz: int = RATE_HZ) -> Samples:
    """Faint noise with a loud half second at each of the given times."""
    noise = np.random.default_rng(3).standard_normal(round(length_s * rate_hz))
    gain = np.full(len(noise), 1e-4)
    for start in starts_s:
        gain[round(start * rate_hz) : round((start + 0.5) * rate_hz)] = 0.3
    return (noise * gain).astype(np.float32)


def run(samples: Samples, cuts: Sequence[int] = ()) -> list[StreamResult]:
    engine = StreamEngine([LoudnessScorer()], LOGMEL, CONFIG)
    edges = [0, *sorted(cuts), len(samples)]
    results: list[StreamResult] = []
    for start, end in pairwise(edges):
        results += engine.feed(samples[start:end])
    return results


def detections(results: Sequence[StreamResult]) -> list[Detection]:
    return [item for item in results if isinstance(item, Detection)]


def test_a_burst_is_detected_in_the_stream() -> None:
    found = detections(run(bursts([1.2])))
    assert [d.label for d in found] == ["loud"]
    assert 1.2 < found[0].time_s < 2.2


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 41600), max_size=25))
def test_results_do_not_depend_on_the_blocks(cuts: list[int]) -> None:
    samples = bursts([1.2])
    assert run(samples, cuts) == run(samples)


def test_sample_by_sample_gives_the_same() -> None:
    samples = bursts([1.0], length_s=1.2)
    assert run(samples, range(1, len(samples), 7)) == run(samples)


def test_looks_happen_at_every_hop_from_the_first_whole_clip_on() -> None:
    frames = [item for item in run(bursts([])) if isinstance(item, StreamFrame)]
    expected = np.arange(-(-16000 // HOP) * HOP, 41600 + 1, HOP) / RATE_HZ
    assert [frame.time_s for frame in frames] == pytest.approx(expected.tolist())


def test_each_look_scores_the_features_of_the_last_clip() -> None:
    samples = bursts([1.2])
    scorer = LoudnessScorer()
    StreamEngine([scorer], LOGMEL, CONFIG).feed(samples)
    end = 13 * HOP + 4 * HOP
    window = torch.from_numpy(samples[end - 16000 : end])[None]
    assert np.array_equal(scorer.windows[4], build_frontend(LOGMEL)(window).numpy())


def test_microphone_at_48_khz_and_file_give_the_same_detections() -> None:
    wide = bursts([1.2], rate_hz=48000)
    from_file = detections(run(resample(wide, 48000, RATE_HZ)))
    resampler, engine = (
        StreamResampler(48000, RATE_HZ),
        StreamEngine([LoudnessScorer()], LOGMEL, CONFIG),
    )
    heard: list[StreamResult] = []
    for start in range(0, len(wide), 1440):
        heard += engine.feed(resampler.push(wide[start : start + 1440]))
    found = detections(heard)
    assert [(d.time_s, d.label) for d in found] == [(d.time_s, d.label) for d in from_file]


def test_patches_side_by_side_score_as_they_do_alone() -> None:
    samples = bursts([1.2])
    soft, sharp = LoudnessScorer("soft", 0.5), LoudnessScorer("sharp", 2.0)
    together = StreamEngine([soft, sharp], LOGMEL, CONFIG).feed(samples)
    for scorer in (soft, sharp):
        alone = StreamEngine([scorer], LOGMEL, CONFIG).feed(samples)
        assert tuple(item for item in together if item.patch == scorer.name) == alone


def test_another_patch_joins_and_leaves_without_touching_the_first() -> None:
    samples = bursts([1.2])
    soft, sharp = LoudnessScorer("soft", 0.5), LoudnessScorer("sharp", 2.0)
    engine = StreamEngine([soft], LOGMEL, CONFIG)
    results = list(engine.feed(samples[:20000]))
    engine.use([soft, sharp], CONFIG)
    results += engine.feed(samples[20000:30000])
    engine.use([soft], CONFIG)
    results += engine.feed(samples[30000:])
    alone = StreamEngine([soft], LOGMEL, CONFIG).feed(samples)
    assert tuple(item for item in results if item.patch == "soft") == alone
    assert {item.patch for item in results} == {"soft", "sharp"}


def test_patches_may_have_settings_of_their_own() -> None:
    soft, sharp = LoudnessScorer("soft"), LoudnessScorer("sharp")
    strict = CONFIG.model_copy(update={"threshold": 0.999})
    configs = {"soft": CONFIG, "sharp": strict}
    found = detections(StreamEngine([soft, sharp], LOGMEL, configs).feed(bursts([1.2])))
    assert [d.patch for d in found] == ["soft"]


def test_a_stream_without_patches_keeps_listening() -> None:
    samples = bursts([1.2])
    engine = StreamEngine([], LOGMEL, CONFIG)
    assert engine.feed(samples[:25600]) == ()
    engine.use([LoudnessScorer()], CONFIG)
    late = [item for item in engine.feed(samples[25600:]) if isinstance(item, StreamFrame)]
    always = [item for item in run(samples) if isinstance(item, StreamFrame)]
    assert [f.posteriors for f in late] == [f.posteriors for f in always if f.time_s > 1.6]


def test_a_patch_with_other_features_is_refused_and_nothing_changes() -> None:
    first = LoudnessScorer()
    engine = StreamEngine([first], LOGMEL, CONFIG)
    with pytest.raises(WorkbenchError, match="other sound features"):
        engine.use([LoudnessScorer("other", frontend=FRONTENDS["mfcc40"])], CONFIG)
    assert engine.feed(bursts([1.2])) == tuple(run(bursts([1.2])))


def test_latency_counts_from_the_end_of_the_sound() -> None:
    late = CONFIG.model_copy(update={"patience_ms": 480})
    (found,) = detections(StreamEngine([LoudnessScorer()], LOGMEL, late).feed(bursts([1.2])))
    assert found.latency_ms == pytest.approx(1000 * (found.time_s - 1.7), abs=20)


def test_the_last_word_of_a_recording_is_heard() -> None:
    engine = StreamEngine([LoudnessScorer()], LOGMEL, CONFIG)
    found = detections(list(listen_to(bursts([0.6], length_s=1.1), engine)))
    assert [d.label for d in found] == ["loud"]


def test_a_patch_that_is_there_twice_is_refused_and_listening_goes_on() -> None:
    scorer = LoudnessScorer()
    engine = StreamEngine([scorer], LOGMEL, CONFIG)
    with pytest.raises(WorkbenchError, match="loudness is named 2 times"):
        engine.use([scorer, scorer], CONFIG)
    assert engine.feed(bursts([1.2]))
