"""A microphone made of software: a private PulseAudio server into which a test can play a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

SPEAKER = "speaker"
MICROPHONE = "mic"
START_TIMEOUT_S = 10.0


class VirtualMicrophone:
    """Runs a PulseAudio server of its own while the ``with`` block lasts.

    Sound played with ``play`` comes out of a microphone that Qt lists as an input device. Qt
    connects to PulseAudio once per process, so enter the block before anything asks for audio
    devices, or hand ``environment`` to a new process.

    Attributes:
        environment: Variables that lead a process to this server.
    """

    def __init__(self, rate_hz: int = 48000, channels: int = 2) -> None:
        self._rate_hz = rate_hz
        self._channels = channels
        self._folder = Path()
        self._server: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        self._saved: dict[str, str | None] = {}
        self.environment: dict[str, str] = {}

    @staticmethod
    def is_possible() -> bool:
        """Whether PulseAudio and its tools are installed."""
        return all(shutil.which(tool) for tool in ("pulseaudio", "paplay", "pactl"))

    def __enter__(self) -> VirtualMicrophone:
        self._folder = Path(tempfile.mkdtemp(prefix="virtual-microphone-"))
        self.environment = {
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_SERVER": f"unix:{self._folder}/pulse/native",
            "PULSE_STATE_PATH": str(self._folder / "state"),
            "PULSE_COOKIE": str(self._folder / "cookie"),
        }
        self._saved = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        self._server = subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_for_source()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in (*self._players, self._server):
            if process is not None:
                process.terminate()
                process.wait()
        for name, value in self._saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(self._folder, ignore_errors=True)

    def play(self, path: Path, *, wait: bool = True) -> None:
        """Speak a sound file into the microphone; with ``wait`` return when it has ended."""
        player = subprocess.Popen(["paplay", "-d", SPEAKER, str(path)])
        if wait and player.wait() != 0:
            raise RuntimeError(f"paplay could not play {path}")
        if not wait:
            self._players.append(player)

    @property
    def server_pid(self) -> int:
        """Killing this process is pulling every cable at once."""
        assert self._server is not None
        return self._server.pid

    def _command(self) -> list[str]:
        sink = (
            f"module-null-sink sink_name={SPEAKER} rate={self._rate_hz} channels={self._channels}"
        )
        source = f"module-remap-source master={SPEAKER}.monitor source_name={MICROPHONE}"
        modules = ("module-native-protocol-unix", sink, source)
        loads = [part for module in modules for part in ("-L", module)]
        return ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", *loads]

    def _wait_for_source(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            listed = subprocess.run(
                ["pactl", "list", "short", "sources"], capture_output=True, text=True, check=False
            )
            if MICROPHONE in listed.stdout.split():
                return
            time.sleep(0.05)
        raise RuntimeError("the virtual microphone did not start")
