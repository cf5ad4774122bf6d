"""How late the window's 16 ms timer fires while a backbone trains in it.

    xvfb-run -a python -m benchmarks.lateness --backbone bcresnet8.multilingual

Opens the demo, starts to adapt by a click, and stays on the live curves and the policy film.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer

from tests.helpers.adapt_by_clicks import open_demo
from tests.helpers.real_window import RealWindow
from workbench.atomic import write_bytes
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.stations import Station
from workbench.training.events import StepLogged

INTERVAL_MS = 16
RESULTS = Path(__file__).parent / "results"


class Lateness:
    """Milliseconds between the end of each interval and the timer's call."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._before = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._before = time.perf_counter()
        self._timer.start(INTERVAL_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, 1000 * (now - self._before) - INTERVAL_MS))
        self._before = now


def measure(backbone: str, seconds: float) -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as name, RealWindow(Path(name)) as real:
        open_demo(real)
        real.session.set_backbone(backbone)
        page = real.go_to(Station.ADAPT)
        assert isinstance(page, AdaptPage)
        real.settle(3.0)
        steps: list[StepLogged] = []
        real.session.run_event.connect(
            lambda _, event: steps.append(event) if isinstance(event, StepLogged) else None
        )
        real.click(page.settings.start_button)
        real.wait(lambda: steps, 120)
        lateness = Lateness()
        lateness.start()
        real.settle(seconds)
        lateness.stop()
    p50, p99 = np.percentile(lateness.late_ms, (50, 99))
    return {
        "backbone": backbone,
        "ticks": len(lateness.late_ms),
        "training steps meanwhile": len(steps),
        "late at the median, ms": float(p50),
        "late at p99, ms": float(p99),
        "late at most, ms": max(lateness.late_ms),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet8.multilingual")
    parser.add_argument("--seconds", type=float, default=90.0)
    arguments = parser.parse_args()
    found = measure(arguments.backbone, arguments.seconds)
    for name, value in found.items():
        print(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    target = RESULTS / f"lateness-{arguments.backbone}.json"
    write_bytes(target, json.dumps(found, indent=2).encode())


if __name__ == "__main__":
    main()
