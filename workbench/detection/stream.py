"""The streaming engine: the same for a file, a microphone and a background recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from workbench.audio.files import Samples
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.audio.ring import RingBuffer
from workbench.detection.decoder import (
    DecoderConfig,
    Detection,
    KeywordDecoder,
    Verdict,
)
from workbench.detection.scorer import Features, Scorer
from workbench.detection.side_by_side import SideBySide
from workbench.detection.word_end import sound_end_s
from workbench.errors import WorkbenchError

FILE_BLOCK = 16000
TAIL_S = 1.0


@dataclass(frozen=True)
class StreamFrame:
    """What one patch made of one window.

    Attributes:
        time_s: End of the window in the stream, in seconds.
        patch: Name of the patch.
        posteriors: As scored (class,).
        verdict: Smoothed posteriors and what they came to.
    """

    time_s: float
    patch: str
    posteriors: tuple[float, ...]
    verdict: Verdict


StreamResult = StreamFrame | Detection


class StreamEngine:
    """Looks at the last clip of a stream every hop, with one or several patches at once.

    The first look is when a whole clip has been heard. Looks happen at fixed positions of the stream and each
    computes its features from scratch, so results do not depend on how the stream is cut into blocks.

    Args:
        scorers: Patches to listen with; their names differ. A plain sequence runs one after the other; what
            ``share`` makes of it computes common layers once and hears the same.
        frontend: Features that all of them expect.
        config: Decoder settings for all patches, or per name; the hop is the same for all.

    Raises:
        WorkbenchError: when a patch expects other features, or is there twice.
    """

    def __init__(
        self,
        scorers: Sequence[Scorer] | SideBySide,
        frontend: FrontendConfig,
        config: DecoderConfig | Mapping[str, DecoderConfig],
    ) -> None:
        self.frontend = frontend
        self._compute = build_frontend(frontend)
        self._memory = RingBuffer(frontend.clip_samples)
        self._together = SideBySide(())
        self._decoders: dict[str, KeywordDecoder] = {}
        self.use(scorers, config)

    @property
    def time_s(self) -> float:
        """Length of what was heard so far, in seconds."""
        return self._memory.position / self.frontend.rate_hz

    def use(
        self,
        scorers: Sequence[Scorer] | SideBySide,
        config: DecoderConfig | Mapping[str, DecoderConfig],
    ) -> None:
        """Listen with other patches or settings from the next hop on; patches that stay keep their state.

        Raises:
            WorkbenchError: when a patch expects other features, or is there twice; nothing has changed then.
        """
        together = scorers if isinstance(scorers, SideBySide) else SideBySide(scorers)
        self._check(together.scorers)
        configs = {
            s.name: config if isinstance(config, DecoderConfig) else config[s.name]
            for s in together.scorers
        }
        hops_ms = {one.hop_ms for one in configs.values()}
        assert len(hops_ms) <= 1, "all patches look at the same moments"
        kept, before = self._decoders, self._together.scorers
        self._decoders = {}
        for scorer in together.scorers:
            decoder = kept[scorer.name] if scorer in before else None
            if decoder is None:
                decoder = KeywordDecoder(scorer.classes, configs[scorer.name], scorer.name)
            decoder.set_config(configs[scorer.name])
            self._decoders[scorer.name] = decoder
        self._together = together
        if hops_ms:
            self._hop = round(hops_ms.pop() * self.frontend.rate_hz / 1000)

    def _check(self, scorers: Sequence[Scorer]) -> None:
        for scorer in scorers:
            if scorer.frontend != self.frontend:
                raise WorkbenchError(
                    f"{scorer.name} expects other sound features than the patches beside it.",
                    hint="Listen with patches of one backbone at a time.",
                )
        for name, times in Counter(scorer.name for scorer in scorers).items():
            if times > 1:
                raise WorkbenchError(
                    f"The patch {name} is named {times} times.", hint="Name each patch once."
                )

    def feed(self, samples: Samples) -> tuple[StreamResult, ...]:
        """Hear the next block (sample,) at the front-end's rate, of any length.

        Returns:
            For each hop and patch a frame, followed by a detection if there was one, in order of time.
        """
        results: list[StreamResult] = []
        while len(samples) and self._together.scorers:
            until_hop = self._hop - self._memory.position % self._hop
            self._memory.write(samples[:until_hop])
            samples = samples[until_hop:]
            heard = self._memory.position
            if heard % self._hop == 0 and heard >= self.frontend.clip_samples:
                results += self._look()
        self._memory.write(samples)
        return tuple(results)

    def _look(self) -> Iterable[StreamResult]:
        window = self._memory.latest(self.frontend.clip_samples)
        features = self._features(window)
        heard = zip(self._decoders, self._together.posteriors(features), strict=True)
        for name, (posteriors, *_) in heard:
            decoder = self._decoders[name]
            detection = decoder.push(self.time_s, posteriors)
            assert decoder.verdict is not None
            yield StreamFrame(self.time_s, name, tuple(posteriors.tolist()), decoder.verdict)
            if detection is not None:
                latency_ms = 1000 * sound_end_s(window, self.frontend.rate_hz)
                yield replace(detection, latency_ms=latency_ms)

    @torch.no_grad()
    def _features(self, window: Samples) -> Features:
        features: Features = self._compute(torch.from_numpy(window)[None]).numpy()
        return np.ascontiguousarray(features)


def listen_to(samples: Samples, engine: StreamEngine) -> Iterable[StreamResult]:
    """Feed a whole recording (sample,), followed by silence."""
    whole = followed_by_silence(samples, engine.frontend.rate_hz)
    for start in range(0, len(whole), FILE_BLOCK):
        yield from engine.feed(whole[start : start + FILE_BLOCK])


def followed_by_silence(samples: Samples, rate_hz: int) -> Samples:
    """A recording (sample,) with a second of silence behind it, so that its last word passes through."""
    return np.pad(samples, (0, round(TAIL_S * rate_hz)))


def amplified(samples: Samples, gain_db: float) -> Samples:
    """Samples (sample,) made louder or softer, limited to full scale."""
    if gain_db == 0:
        return samples
    factor = np.float32(10 ** (gain_db / 20))
    return np.asarray(np.clip(samples * factor, -1, 1), dtype=np.float32)
