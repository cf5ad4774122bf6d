"""A tiny backbone and a task of tones: real runs in seconds."""

from tests.helpers.tone_runs import backbone_folder, tone_job, tone_task

__all__ = ["backbone_folder", "tone_job", "tone_task"]
