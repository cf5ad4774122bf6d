"""Which networks can train their convolutions in 16 bits."""

from __future__ import annotations

from workbench.errors import WorkbenchError

THIRTY_TWO_ONLY = ("bcresnet", "audio_encoder")
"""The first has kernels of this program's own, which know no other; the second is read layer by layer by its tasks."""

HINT = "Leave bfloat16, the 16-bit convolutions, out; Res and picture networks can train with them."


def knows_sixteen_bits(architecture: str) -> bool:
    return not architecture.startswith(THIRTY_TWO_ONLY)


def refuse_sixteen_bits(architecture: str) -> None:
    """Raises: WorkbenchError for a network that knows 32 bits only."""
    if not knows_sixteen_bits(architecture):
        raise WorkbenchError(f"{architecture} trains in 32 bits only.", hint=HINT)
