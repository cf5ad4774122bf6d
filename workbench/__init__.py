"""Adaptation Workbench: point-and-click task adaptation of small pretrained backbones."""

__version__ = "0.1.0"
