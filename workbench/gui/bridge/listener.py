"""Listening on a thread of its own: from microphone or file through the streaming engine to the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QElapsedTimer, QObject, QThread, QTimer, Signal, Slot

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples
from workbench.audio.ring import RingBuffer
from workbench.backbones.inputs import sound_of
from workbench.detection.decoder import DecoderConfig, Detection
from workbench.detection.side_by_side import SideBySide
from workbench.detection.spectrum import Columns, SpectrumStream
from workbench.detection.stream import StreamEngine, StreamResult, amplified

RING_S = 4.0
POLL_MS = 25
FAST_BLOCK_S = 1.0


@dataclass(frozen=True)
class ListenPlan:
    """What to listen with.

    Attributes:
        together: Patches of one backbone; may be none.
        configs: Decoder settings by the patches' names.
        gain_db: Amplification of everything that is heard.
    """

    together: SideBySide = field(default_factory=lambda: SideBySide(()))
    configs: Mapping[str, DecoderConfig] | None = None
    gain_db: float = 0.0


@dataclass(frozen=True)
class Heard:
    """What one moment of listening brought.

    Attributes:
        time_s: End of what was heard, since listening began.
        columns: New spectrogram columns (frequency, frame) in dB.
        results: Frames and detections in order of time.
        lost_s: Sound that was dropped because listening fell behind.
        last_word: From the microphone, the window (sample,) on which the last detection of ``results`` was decided,
            not amplified; None where there was none.
    """

    time_s: float
    columns: Columns
    results: tuple[StreamResult, ...]
    lost_s: float
    last_word: Samples | None = None


@dataclass(frozen=True)
class FileSource:
    """A recording to listen to.

    Attributes:
        samples: (sample,) at 16 kHz.
        is_fast: As fast as the computer can, instead of in real time.
    """

    samples: Samples
    is_fast: bool


class _Worker(QObject):
    """Lives on the listening thread; owns the engine and reads the ring."""

    heard = Signal(object)
    ended = Signal()

    def __init__(self, ring: RingBuffer) -> None:
        super().__init__()
        self._ring = ring
        self._plan = ListenPlan()
        self._engine: StreamEngine | None = None
        self._spectrum = SpectrumStream(RATE_HZ)
        self._file: FileSource | None = None
        self._position = self._heard_samples = 0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)

    @Slot(object)
    def use(self, plan: ListenPlan) -> None:
        """Listen with other patches or settings from the next hop on."""
        self._plan = plan
        engine, configs = self._engine, plan.configs or {}
        if not plan.together.scorers:
            if engine is not None:
                engine.use((), {})
            return
        frontend = sound_of(plan.together.scorers[0].frontend)
        if engine is None or engine.frontend != frontend:
            self._engine = StreamEngine(plan.together, frontend, configs)
        else:
            engine.use(plan.together, configs)

    @Slot(object, int)
    def start(self, source: FileSource | None, position: int) -> None:
        """Begin anew with a file, or with the ring from ``position`` on."""
        self._file = source
        self._engine = None
        self.use(self._plan)
        self._spectrum = SpectrumStream(RATE_HZ)
        self._position = position
        self._heard_samples = 0
        self._clock.start()
        self._timer.start(0 if source is not None and source.is_fast else POLL_MS)

    @Slot()
    def stop(self) -> None:
        self._timer.stop()
        self._file = None

    def _poll(self) -> None:
        lost = 0
        if self._file is None:
            block, self._position, lost = self._ring.read_since(self._position)
        else:
            block = self._next_of_file(self._file)
        if len(block) or lost:
            self._hear(block, lost)
        if self._file is not None and self._position >= len(self._file.samples):
            self.stop()
            self.ended.emit()

    def _next_of_file(self, file: FileSource) -> Samples:
        if file.is_fast:
            until = self._position + round(FAST_BLOCK_S * RATE_HZ)
        else:
            until = round(self._clock.elapsed() / 1000 * RATE_HZ)
        block = file.samples[self._position : until]
        self._position += len(block)
        return block

    def _hear(self, block: Samples, lost: int) -> None:
        since = QElapsedTimer()
        since.start()
        block = amplified(block, self._plan.gain_db)
        results = self._engine.feed(block) if self._engine is not None else ()
        self._heard_samples += len(block)
        time_s = self._heard_samples / RATE_HZ
        if self._file is None or not self._file.is_fast:
            results = tuple(_delayed(item, time_s, since.elapsed()) for item in results)
        columns = self._spectrum.push(block)
        last_word = self._window_of_last(results) if self._file is None else None
        self.heard.emit(Heard(time_s, columns, results, lost / RATE_HZ, last_word))

    def _window_of_last(self, results: Iterable[StreamResult]) -> Samples | None:
        """What the last detection was decided on, as long as the ring still holds it."""
        ends_s = [item.time_s for item in results if isinstance(item, Detection)]
        if not ends_s or self._engine is None:
            return None
        length = self._engine.frontend.clip_samples
        since_end = round((self._engine.time_s - ends_s[-1]) * RATE_HZ)
        window, _, lost = self._ring.read_since(self._position - since_end - length)
        return None if lost else window[:length]


def _delayed(item: StreamResult, now_s: float, computing_ms: int) -> StreamResult:
    """Add to a detection's latency what passed since its window was complete."""
    if not isinstance(item, Detection):
        return item
    waited_ms = 1000 * (now_s - item.time_s) + computing_ms
    return replace(item, latency_ms=item.latency_ms + waited_ms)


class Listener(QObject):
    """Handle on the listening thread; all signals arrive in the GUI thread.

    Attributes:
        heard: Carries ``Heard``, up to forty times per second.
        ended: The file was heard to its end.
    """

    heard = Signal(object)
    ended = Signal()
    _use = Signal(object)
    _start = Signal(object, int)
    _stop = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ring = RingBuffer(round(RING_S * RATE_HZ))
        self._began = 0
        self._thread: QThread | None = None
        self._worker: _Worker | None = None
        self.is_on = False

    def hear(self, samples: Samples) -> None:
        """Take a block (sample,) of the microphone at 16 kHz; only copies it."""
        self._ring.write(samples)

    def latest(self, seconds: float) -> Samples:
        """What the microphone brought last (sample,) since listening began, not amplified; at most ``RING_S`` of it."""
        heard = self._ring.position - self._began
        return self._ring.latest(min(round(seconds * RATE_HZ), heard))

    def use(self, plan: ListenPlan) -> None:
        """Listen with other patches or settings; loses no sound."""
        self._ensure_thread()
        self._use.emit(plan)

    def start(self, source: FileSource | None = None) -> None:
        """Begin anew: with a file, or with what ``hear`` brings from now on."""
        self._ensure_thread()
        self.is_on = True
        self._began = self._ring.position
        self._start.emit(source, self._began if source is None else 0)

    def stop(self) -> None:
        self.is_on = False
        self._stop.emit()

    def shut_down(self) -> None:
        """Stop and wait for the thread, which is never longer than one block away."""
        self.is_on = False
        if self._thread is not None:
            self._stop.emit()
            self._thread.quit()
            self._thread.wait()
            self._thread = self._worker = None

    def _ensure_thread(self) -> None:
        if self._thread is not None:
            return
        self._thread = QThread(self)
        self._thread.setObjectName("listening")
        self._worker = _Worker(self._ring)
        self._worker.moveToThread(self._thread)
        self._thread.finished.connect(self._worker.deleteLater)
        self._use.connect(self._worker.use)
        self._start.connect(self._worker.start)
        self._stop.connect(self._worker.stop)
        self._worker.heard.connect(self.heard)
        self._worker.ended.connect(self._on_ended)
        self._thread.start()

    def _on_ended(self) -> None:
        self.is_on = False
        self.ended.emit()
