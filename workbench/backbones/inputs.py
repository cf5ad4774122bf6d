"""What turns an example into a backbone's input, of sound or of pictures."""

from __future__ import annotations

from workbench.audio.frontend import FrontendConfig
from workbench.images.config import PictureConfig

InputConfig = FrontendConfig | PictureConfig
