"""Several patches on one stream: what their networks have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.backbones.onnx_graph import INPUT, open_session
from workbench.backbones.onnx_parts import Cut, Part, cut
from workbench.detection.decoder import Posteriors
from workbench.detection.scorer import Features, Logits, OnnxScorer, Scorer, as_posteriors


@dataclass(frozen=True)
class Sharing:
    """How much of several networks is computed once.

    Attributes:
        patches: How many patches run.
        layers: Layers of one network; of the largest where they differ.
        shared_layers: Layers that all patches have in common.
        multiplies: For one window, side by side.
        separate_multiplies: For one window, each patch by itself.
        one_multiplies: For one window with the first patch alone.
    """

    patches: int
    layers: int
    shared_layers: int
    multiplies: int
    separate_multiplies: int
    one_multiplies: int

    @property
    def saved_multiplies(self) -> int:
        return self.separate_multiplies - self.multiplies

    @property
    def extra_multiplies(self) -> int:
        """What the patches beside the first one cost."""
        return self.multiplies - self.one_multiplies


class SideBySide:
    """Scorers that look at the same windows; ``share`` makes one that computes common layers once.

    Attributes:
        scorers: In the order of the results.
        sharing: What is computed once.
    """

    def __init__(self, scorers: Sequence[Scorer], found: Cut | None = None) -> None:
        self.scorers = tuple(scorers)
        parts, logits = (found.parts, found.logits) if found else ((), {})
        sharers = frozenset[int]().union(*(part.users for part in parts if len(part.users) > 1))
        # What shares nothing runs in the session that it has anyway.
        self._parts = tuple(_OpenPart(part) for part in parts if part.users <= sharers)
        self._logits = {user: name for user, name in logits.items() if user in sharers}
        self.sharing = _sharing(self.scorers, [part for part in parts if len(part.users) > 1])

    def logits(self, features: Features) -> tuple[Logits, ...]:
        """Logits (batch, class) of each scorer, the same bits as by itself."""
        values = {INPUT: features}
        for part in self._parts:
            part.run(values)
        return tuple(
            values[self._logits[i]] if i in self._logits else scorer.logits(features)
            for i, scorer in enumerate(self.scorers)
        )

    def posteriors(self, features: Features) -> tuple[Posteriors, ...]:
        """Posteriors (batch, class) of each scorer."""
        return tuple(as_posteriors(logits) for logits in self.logits(features))


def share(scorers: Sequence[Scorer]) -> SideBySide:
    """Find what the networks of these scorers have in common; takes some tenths of a second.

    Networks in ONNX Runtime share every layer up to the first one that differs in any weight or statistic. Others run
    by themselves: methods that do not merge look at, or add to, the first layer already.
    """
    graphs = {i: one.graph for i, one in enumerate(scorers) if isinstance(one, OnnxScorer)}
    return SideBySide(scorers, cut(graphs) if len(graphs) > 1 else None)


class _OpenPart:
    """A part, ready to run."""

    def __init__(self, part: Part) -> None:
        self._session = open_session(part.graph)
        self._inputs, self._outputs = part.inputs, part.outputs

    def run(self, values: dict[str, Logits]) -> None:
        """Add what the part makes of the values that are there."""
        taken = {name: values[name] for name in self._inputs}
        values.update(zip(self._outputs, self._session.run(self._outputs, taken), strict=True))


def _sharing(scorers: Sequence[Scorer], shared: Sequence[Part]) -> Sharing:
    each = [sum(scorer.multiplies.values()) for scorer in scorers]
    saved = sum(
        (len(part.users) - 1) * scorers[min(part.users)].multiplies[layer]
        for part in shared
        for layer in part.layers
    )
    of_all = (part.layers for part in shared if len(part.users) == len(scorers))
    return Sharing(
        patches=len(scorers),
        layers=max((len(scorer.multiplies) for scorer in scorers), default=0),
        shared_layers=len(frozenset[str]().union(*of_all)),
        multiplies=sum(each) - saved,
        separate_multiplies=sum(each),
        one_multiplies=each[0] if each else 0,
    )
