"""What several patches that listen at once have in common, in one sentence."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from workbench.detection.side_by_side import Sharing
from workbench.gui import theme
from workbench.gui.formatting import short_count


class SharingNote(QLabel):
    """Layers that are computed once for all patches, and multiplies per look; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None, *, for_pictures: bool = False) -> None:
        super().__init__(parent)
        theme.set_role(self, "small")
        self.setWordWrap(True)
        self.setToolTip(self._of_pictures() if for_pictures else self._of_sound())
        self.hide()

    def show_sharing(self, sharing: Sharing | None) -> None:
        """Show a sentence about several patches, or nothing."""
        self.setText("" if sharing is None else self._sentence(sharing))
        self.setVisible(sharing is not None)

    def _of_sound(self) -> str:
        return self.tr(
            "Patches on one backbone are the same network up to the first layer in which their weights or statistics "
            "differ; task adapters leave the whole backbone as it is. What is the same runs once at each look at the "
            "sound; each patch then runs its own rest. What they hear stays the same to the last bit."
        )

    def _of_pictures(self) -> str:
        return self.tr(
            "Patches on one backbone are the same network up to the first layer in which their weights or statistics "
            "differ. What is the same runs once for each picture; each patch then runs its own rest. What they see "
            "stays the same to the last bit."
        )

    def _sentence(self, sharing: Sharing) -> str:
        if sharing.shared_layers:
            what = self.tr("{0} of {1} layers are computed once for all {2} patches").format(
                sharing.shared_layers, sharing.layers, sharing.patches
            )
        elif sharing.saved_multiplies:
            what = self.tr("Some of the {0} patches share their first layers").format(
                sharing.patches
            )
        else:
            return self.tr(
                "These {0} patches differ from the first layer on and share nothing: {1} multiplies per look, "
                "{2} more than the first one alone."
            ).format(
                sharing.patches,
                short_count(sharing.multiplies),
                short_count(sharing.extra_multiplies),
            )
        return self.tr(
            "{0}: {1} multiplies per look instead of {2}, {3} more than the first one alone."
        ).format(
            what,
            short_count(sharing.multiplies),
            short_count(sharing.separate_multiplies),
            short_count(sharing.extra_multiplies),
        )
