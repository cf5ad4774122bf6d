"""Adaptation Workbench: point-and-click task adaptation of small pretrained backbones."""

import os

__version__ = "0.1.0"

# Torch's threads must not spin while they wait: beside a busy window or another program that makes a step many times
# slower. The setting is read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
