"""What became of each tensor of a checkpoint, and the refusal of one that does not fill its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from workbench.backbones.checkpoint_layouts import COUNTER, Layout
from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Reshaped:
    """A tensor of the right name and the wrong shape."""

    name: str
    found: tuple[int, ...]
    expected: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} {shape_text(self.found)} instead of {shape_text(self.expected)}"


@dataclass(frozen=True)
class MatchReport:
    """What became of each tensor of a checkpoint.

    Attributes:
        matched: Found under the name that the architecture uses.
        renamed: Pairs (name in the file, name in the architecture).
        missing: Needed and not in the file; batch counters of norms, which nothing reads, are not counted.
        unexpected: In the file and not used.
        reshaped: Of another shape than the architecture's.
        folded: Pairs (factor in the file, weight that it was multiplied into).
        misnamed: Pairs (name in the file, name in the architecture) of a tensor under a name that means nothing and
            the one place that lacks a tensor of its shape. Likely but not certain, so it is not taken.
        unplaced: Those of ``unexpected`` that have the shape of a missing tensor; which one cannot be told.
    """

    matched: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[Reshaped, ...]
    folded: tuple[tuple[str, str], ...] = ()
    misnamed: tuple[tuple[str, str], ...] = ()
    unplaced: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.reshaped and not self.misnamed


class CheckpointMismatchError(WorkbenchError):
    """A checkpoint that does not fill its architecture; ``report`` says where."""

    def __init__(self, file_name: str, architecture: str, report: MatchReport) -> None:
        super().__init__(
            f"{file_name} does not fill {architecture}; {'; '.join(_problems(report))}.",
            data="Nothing was loaded.",
            hint="Name the right architecture, or choose a complete checkpoint.",
        )
        self.report = report


def match(
    wanted: Mapping[str, Tensor],
    tensors: Mapping[str, Tensor],
    folded: Sequence[tuple[str, str]],
    found: Mapping[str, Tensor],
    layout: Layout,
) -> MatchReport:
    """Compare a file with a network.

    Args:
        wanted: The network's state dict.
        tensors: Those of the file, by the network's names.
        folded: Pairs (factor, weight that took it up), by the network's names.
        found: Those of the file, by its own names.
        layout: How the two kinds of names belong together.
    """
    in_file = {name: key for key, name in layout.names.items()}
    common = [name for name in wanted if name in tensors]
    fits = [name for name in common if tensors[name].shape == wanted[name].shape]
    used = {in_file[name] for name in common} | {in_file[factor] for factor, _ in folded}
    missing = [n for n in wanted if n not in tensors and not n.endswith(COUNTER)]
    unexpected = sorted(found.keys() - used)
    misnamed = _misnamed({n: wanted[n] for n in missing}, {k: found[k] for k in unexpected})
    explained = {name for pair in misnamed for name in pair}
    absent = tuple(n for n in missing if n not in explained)
    unused = tuple(k for k in unexpected if k not in explained)
    shapes = {wanted[n].shape for n in absent}
    return MatchReport(
        matched=tuple(n for n in fits if in_file[n] == n),
        renamed=tuple((in_file[n], n) for n in fits if in_file[n] != n),
        missing=absent,
        unexpected=unused,
        reshaped=tuple(
            Reshaped(n, tuple(tensors[n].shape), tuple(wanted[n].shape))
            for n in common
            if tensors[n].shape != wanted[n].shape
        ),
        folded=tuple((in_file[factor], target) for factor, target in folded),
        misnamed=misnamed,
        unplaced=tuple(k for k in unused if found[k].shape in shapes),
    )


def shape_text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _misnamed(
    missing: Mapping[str, Tensor], unexpected: Mapping[str, Tensor]
) -> tuple[tuple[str, str], ...]:
    """Pairs (key, name) of one tensor too many and one too few, both the only ones of their shape."""
    pairs = []
    for name, wanted in missing.items():
        rivals = [n for n, t in missing.items() if t.shape == wanted.shape]
        fitting = [k for k, t in unexpected.items() if t.shape == wanted.shape]
        if len(rivals) == len(fitting) == 1:
            pairs.append((fitting[0], name))
    return tuple(pairs)


def _problems(report: MatchReport) -> list[str]:
    problems = []
    if report.missing:
        problems.append(f"missing: {', '.join(report.missing)}")
    if report.misnamed:
        pairs = (f"{name} (perhaps {key})" for key, name in report.misnamed)
        problems.append(f"under another name: {', '.join(pairs)}")
    if report.unplaced:
        problems.append(f"of a missing one's shape: {', '.join(report.unplaced)}")
    if report.reshaped:
        problems.append(f"another shape: {', '.join(map(str, report.reshaped))}")
    return problems
