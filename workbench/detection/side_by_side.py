"""Several patches on one stream: what their networks have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.backbones.onnx_graph import INPUT, open_session
from workbench.backbones.onnx_union import Common, Union, unite
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

    def __init__(self, scorers: Sequence[Scorer], union: Union | None = None) -> None:
        self.scorers = tuple(scorers)
        self._session = open_session(union.graph) if union and union.graph else None
        # What shares nothing runs in the session that it has anyway.
        self._logits = union.logits if union else {}
        self.sharing = _sharing(self.scorers, union.common if union else ())

    def logits(self, features: Features) -> tuple[Logits, ...]:
        """Logits (batch, class) of each scorer, the same bits as by itself."""
        outputs = tuple(dict.fromkeys(self._logits.values()))
        found = self._session.run(outputs, {INPUT: features}) if self._session else ()
        values: dict[str, Logits] = dict(zip(outputs, found, strict=True))
        return tuple(
            values[self._logits[i]] if i in self._logits else scorer.logits(features)
            for i, scorer in enumerate(self.scorers)
        )

    def posteriors(self, features: Features) -> tuple[Posteriors, ...]:
        """Posteriors (batch, class) of each scorer."""
        return tuple(as_posteriors(logits) for logits in self.logits(features))


def share(scorers: Sequence[Scorer]) -> SideBySide:
    """Find what the networks of these scorers have in common; takes some tenths of a second.

    Networks in ONNX Runtime share every layer up to the first one that differs in any weight or statistic; task
    adapters of one encoder share it whole, since none changes it. Others run by themselves: they look at, or add to,
    the first layer already.
    """
    graphs = {i: one.graph for i, one in enumerate(scorers) if isinstance(one, OnnxScorer)}
    return SideBySide(scorers, unite(graphs) if len(graphs) > 1 else None)


def _sharing(scorers: Sequence[Scorer], common: Sequence[Common]) -> Sharing:
    each = [sum(scorer.multiplies.values()) for scorer in scorers]
    saved = sum(
        (len(one.users) - 1) * scorers[min(one.users)].multiplies[layer]
        for one in common
        for layer in one.layers
    )
    of_all = (one.layers for one in common if len(one.users) == len(scorers))
    return Sharing(
        patches=len(scorers),
        layers=max((len(scorer.multiplies) for scorer in scorers), default=0),
        shared_layers=len(frozenset[str]().union(*of_all)),
        multiplies=sum(each) - saved,
        separate_multiplies=sum(each),
        one_multiplies=each[0] if each else 0,
    )
