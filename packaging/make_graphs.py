"""Trace every architecture into ``workbench/resources/graphs``, so that nobody waits for it at first use.

Run it again when an architecture changes; a template that no longer fits is ignored, never used.
"""

from __future__ import annotations

from workbench import locations
from workbench.backbones.onnx_graph import save_template
from workbench.backbones.registry import architectures, build


def main() -> None:
    folder = locations.resources_dir() / "graphs"
    for name in architectures():
        path = folder / f"{name}.onnx"
        save_template(build(name, 2), path)
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
