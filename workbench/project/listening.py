"""When a word counts as heard, as the user chose it for each patch; kept until it is taken back."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from workbench.detection.decoder import DecoderConfig
from workbench.project.catalogue import Catalogue


class KeptListening:
    """Settings by patch: the id of its run, or the path of a file from elsewhere."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def read(self) -> dict[str, DecoderConfig]:
        """The patches for which something was chosen."""
        found = {}
        for patch, text in self._catalogue.listening().items():
            try:
                found[patch] = DecoderConfig.model_validate_json(text)
            except ValidationError:
                continue  # limits of another version: the suggested values are better than no listening
        return found

    def write(self, chosen: Mapping[str, DecoderConfig]) -> None:
        """Keep the settings of some patches; those of the others stay.

        Only what differs from the suggested values is stored, so that the rest follows better suggestions.

        Raises:
            WorkbenchError: when the project cannot be written.
        """
        suggested = DecoderConfig()
        self._catalogue.set_listening(
            {
                patch: None
                if config == suggested
                else config.model_dump_json(exclude_defaults=True)
                for patch, config in chosen.items()
            }
        )
