"""Using the policy network of a finished run, so that only the last stage is left to train."""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.methods.base import MethodConfig, TaskModel
from workbench.methods.patch import SUFFIX, read_patch
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.preview import read_policy

POLICY_FILE = "policy.safetensors"


def adopt_policy(folder: Path, model: TaskModel, config: MethodConfig, backbone_sha256: str) -> str:
    """Give a model the policy network that an earlier run has learned.

    Args:
        folder: Of a finished run on the same backbone.
        model: Freshly attached.
        config: Of the run that begins.
        backbone_sha256: Of the weights under the model.

    Returns:
        SHA-256 of the policy network's file.

    Raises:
        WorkbenchError: when the model takes no policy, or the run has none for this backbone and every budget.
    """
    if not (isinstance(model, SwrModel) and isinstance(config, SwrConfig) and config.staged):
        raise WorkbenchError(
            "Only SWR in stages can use the policy of an earlier run.",
            hint="Choose the method swr, or leave the earlier run out.",
        )
    if config.keep_super_weights:
        raise WorkbenchError(
            "A run that starts from the super-net's weights has to train its super-net itself.",
            hint="Leave the earlier run out, or start the last stage from zero.",
        )
    patch = next(iter(sorted(folder.glob(f"*{SUFFIX}"))), None)
    path = folder / POLICY_FILE
    if patch is None or not path.is_file():
        raise WorkbenchError(
            f"{folder} is not a finished run with a policy network.",
            hint="Choose a finished SWR run, or train all stages.",
        )
    # The patch beside the policy says for which weights both were trained.
    read_patch(patch, backbone_sha256)
    model.policy = read_policy(path, len(model.rows))
    return hashlib.sha256(path.read_bytes()).hexdigest()
