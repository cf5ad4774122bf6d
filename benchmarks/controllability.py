"""Asked budget against stored share: the exact budget and the paper's threshold, drawn from trained policies.

    python benchmarks/controllability.py --runs out/benchmarks/bcresnet3.multilingual-*/arabic-40/*-epochs/seed0

Reads the policy networks that the runs kept; trains the ablations (without super-net, without layer shares) if they
are missing. Writes the figures and a drawing (the paper's Fig. 2a).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from workbench.atomic import write_bytes
from workbench.backbones.registry import load_backbone
from workbench.budget.policy import exact_policy, shares, stored_share, threshold_policy
from workbench.cancel import CancelToken
from workbench.methods.swr.policy_net import PolicyNet
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.known_policy import POLICY_FILE
from workbench.training.run import run
from workbench.training.run_folder import JOB_FILE

BUDGETS = tuple(round(0.02 + 0.04 * i, 2) for i in range(23))
ABLATIONS: dict[str, dict[str, Any]] = {
    "with super-net": {},
    "without super-net": {"super_net": False},
    "without layer shares": {"weighted_shares": False},
}
STYLES = {
    "exact budget": ("#009E73", ""),
    "with super-net": ("#0072B2", ""),
    "without super-net": ("#D55E00", "6 4"),
    "without layer shares": ("#CC79A7", "2 3"),
}


def policies(arguments: argparse.Namespace) -> dict[str, Path]:
    """Folders of runs that kept a policy, by ablation; what is missing is trained."""
    base = Path(arguments.runs) / "swr_c=0.1_exact_budget"
    job = AdaptationJob.model_validate_json((base / JOB_FILE).read_text("utf-8"))
    found = {"with super-net": base}
    for name, settings in ABLATIONS.items():
        if not settings:
            continue
        folder = Path(arguments.runs) / f"ablation_{name.replace(' ', '_')}"
        found[name] = folder
        if not (folder / POLICY_FILE).exists():
            training = TrainingConfig(**{**job.training.model_dump(), "threads": arguments.threads})
            config = {**job.config, **settings}
            ablated = job.model_copy(update={"out": folder, "config": config, "training": training})
            print(f"training {name}", flush=True)
            for _ in run(ablated, CancelToken(), resume=True):
                pass
    return found


def curve(folder: Path, layer_shares: tuple[float, ...], exact: bool) -> list[float]:
    """Stored share of the convolution weights for each asked budget."""
    tensors = load_file(folder / POLICY_FILE)
    policy = PolicyNet(len(layer_shares), tensors["body.0.weight"].shape[0])
    policy.load_state_dict(tensors)
    stored = []
    for budget in BUDGETS:
        probabilities = policy.probabilities(budget)
        chosen = (
            exact_policy(probabilities, layer_shares, budget)
            if exact
            else threshold_policy(probabilities)
        )
        if exact:
            check_exact(chosen, layer_shares, budget)
        stored.append(stored_share(chosen, layer_shares))
    return stored


def check_exact(chosen: tuple[bool, ...], layer_shares: tuple[float, ...], budget: float) -> None:
    """The promise of the exact budget: never above, and short by less than the smallest layer left out."""
    spent = stored_share(chosen, layer_shares)
    left_out = [r for on, r in zip(chosen, layer_shares, strict=True) if not on]
    if spent > budget + 1e-9 or (left_out and budget - spent >= min(left_out)):
        raise SystemExit(f"the exact budget failed: asked {budget}, stored {spent}")


def drawing(curves: dict[str, list[float]], title: str) -> str:
    """Asked budget to the right, stored share upwards, both 0 to 1."""
    left, top, size = 64, 48, 400

    def point(x: float, y: float) -> str:
        return f"{left + x * size:.1f},{top + (1 - y) * size:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + size + 220}" height="{top + size + 64}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{left + size + 220}" height="{top + size + 64}" fill="#FFFFFF"/>',
        f'<text x="{left}" y="24" font-size="14" font-weight="600">{title}</text>',
        f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="none" stroke="#9A9A98"/>',
        f'<polyline points="{point(0, 0)} {point(1, 1)}" stroke="#9A9A98" stroke-dasharray="2 4" fill="none"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + tick * size, top + (1 - tick) * size
        parts.append(f'<text x="{x}" y="{top + size + 18}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    for i, (name, values) in enumerate(curves.items()):
        colour, dash = STYLES[name]
        points = " ".join(point(x, y) for x, y in zip(BUDGETS, values, strict=True))
        parts.append(
            f'<polyline points="{points}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" fill="none"/>'
        )
        y = top + 16 + 20 * i
        parts.append(
            f'<line x1="{left + size + 16}" y1="{y - 4}" x2="{left + size + 44}" y2="{y - 4}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/>'
            f'<text x="{left + size + 52}" y="{y}">{name}</text>'
        )
    middle = left + size / 2
    parts.append(
        f'<text x="{middle}" y="{top + size + 44}" text-anchor="middle">asked budget c</text>'
    )
    parts.append(
        f'<text transform="translate(16 {top + size / 2}) rotate(-90)" text-anchor="middle">'
        "stored share of convolution weights</text></svg>"
    )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", required=True, help="Folder of one task and seed of the adaptation benchmark."
    )
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    found = policies(arguments)
    base = found["with super-net"]
    job = AdaptationJob.model_validate_json((base / JOB_FILE).read_text("utf-8"))
    layer_shares = shares(load_backbone(job.backbone).backbone.layers())
    curves = {"exact budget": curve(base, layer_shares, exact=True)}
    curves |= {name: curve(folder, layer_shares, exact=False) for name, folder in found.items()}
    record = {"backbone": job.backbone, "task": job.data.name, "asked": BUDGETS, "stored": curves}
    results = Path(__file__).parent / "results"
    write_bytes(results / "controllability.json", json.dumps(record, indent=2).encode())
    title = f"{job.backbone} on {job.data.name}: asked and stored"
    write_bytes(results / "controllability.svg", drawing(curves, title).encode())


if __name__ == "__main__":
    main()
