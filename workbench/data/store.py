"""Memory-mapped caches of decoded clips, and of what backbones take of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from workbench.audio.files import fit_length, read_audio
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.cancel import CancelToken
from workbench.data.picture_store import NormalisedRows, PictureStore, reasons
from workbench.data.row_store import BLOCK_ROWS, ClipRows, Place, Progress, Rows, Table, sound
from workbench.data.task import Clip
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig

__all__ = ["BLOCK_ROWS", "PCM_SCALE", "ClipRows", "ClipStore", "Rows"]

PCM_SCALE = 32767.0


class ClipStore(PictureStore):
    """Decoded clips, of sound and of pictures, and their features on disk."""

    def waves(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None = None
    ) -> ClipRows:
        """Waveforms (clip, sample) as 16-bit integers at ``rate_hz``, cut or zero-padded to ``samples``.

        Raises:
            WorkbenchError: when a clip cannot be decoded (``unreadable`` tells which), or the cache cannot be written.
        """
        table, places = self._place_waves(clips, rate_hz, samples, token)
        return table.map([sound(place) for place in places])

    def unreadable(
        self,
        clips: Sequence[Clip],
        config: FrontendConfig | PictureConfig,
        token: CancelToken | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> dict[Clip, str]:
        """The clips that cannot be decoded, with the reason; all others are in the store then."""
        if isinstance(config, PictureConfig):
            return super().unreadable(clips, config, token, progress)
        _, places = self._place_waves(clips, config.rate_hz, config.clip_samples, token)
        return reasons(clips, places)

    def features(
        self,
        clips: Sequence[Clip],
        config: FrontendConfig | PictureConfig,
        token: CancelToken | None = None,
    ) -> ClipRows:
        """What a backbone takes of unaugmented clips, as 32-bit floats; raises as ``waves`` does.

        Features (clip, 1, mel, frame) of sound are kept in the store; pictures (clip, channel, height, width) are
        normalised when they are taken.
        """
        if isinstance(config, PictureConfig):
            rows = self.pictures(clips, config, token)
            return NormalisedRows(rows.data, rows.positions, config)
        return self._sound_features(clips, config, token)

    def _sound_features(
        self, clips: Sequence[Clip], config: FrontendConfig, token: CancelToken | None
    ) -> ClipRows:
        import torch

        waves = self.waves(clips, config.rate_hz, config.clip_samples, token)
        frontend = build_frontend(config)
        shape = tuple(frontend(torch.zeros(1, config.clip_samples)).shape[1:])
        order = {id(clip): i for i, clip in enumerate(clips)}

        def transform(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            indices = np.array([order[id(clip)] for clip in block])
            with torch.no_grad():
                batch = torch.from_numpy(waves.take(indices).astype(np.float32) / PCM_SCALE)
                return list(frontend(batch).numpy())

        digest = hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:16]
        table = self._table(f"feature-{digest}", shape, np.dtype(np.float32))
        places = self._place(table, clips, transform, token)
        return table.map([sound(place) for place in places])

    def derived(
        self,
        clips: Sequence[Clip],
        config: FrontendConfig | PictureConfig,
        name: str,
        width: int,
        compute: Callable[[Rows], Rows],
        token: CancelToken | None = None,
    ) -> ClipRows:
        """Rows (clip, width) computed from the features of unaugmented clips; raises as ``waves`` does.

        Args:
            clips: Which.
            config: Of the features.
            name: Of whatever computes; with the configuration it says all that the rows depend on.
            width: Numbers in a row, 32-bit floats.
            compute: From features (clip, 1, mel, frame) of a block.
            token: Looked at once per block.
        """
        features = self.features(clips, config, token)
        order = {id(clip): i for i, clip in enumerate(clips)}

        def transform(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            return list(compute(features.take(np.array([order[id(clip)] for clip in block]))))

        digest = hashlib.sha256(f"{name}\n{config.model_dump_json()}".encode()).hexdigest()[:16]
        table = self._table(f"derived-{digest}", (width,), np.dtype(np.float32))
        places = self._place(table, clips, transform, token)
        return table.map([sound(place) for place in places])

    def _place_waves(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None
    ) -> tuple[Table, list[Place]]:
        def decode(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            return [_decoded(clip, rate_hz, samples) for clip in block]

        table = self._table(f"wave-{rate_hz}-{samples}", (samples,), np.dtype(np.int16))
        return table, self._place(table, clips, decode, token)


def _decoded(clip: Clip, rate_hz: int, samples: int) -> Rows | WorkbenchError:
    try:
        wave = fit_length(read_audio(clip.path, rate_hz, clip.start_s, clip.duration_s), samples)
    except WorkbenchError as error:
        return error
    return np.round(np.clip(wave, -1, 1) * PCM_SCALE).astype(np.int16)
