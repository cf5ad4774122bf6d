"""Inspect counts: the patch file, the full copy, all tasks of the project, and what every budget would store."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.inspect_page.world import BACKBONE, OTHER, SLOW_MS, World, opened
from tests.helpers.finished_runs import finished_run
from workbench.backbones.registry import load_backbone
from workbench.gui.formatting import count, size
from workbench.gui.pages.inspect_data import BUDGETS
from workbench.gui.session import Session
from workbench.methods.patch import read_patch
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.preview import preview


def test_ledger_counts_the_file_and_the_full_copy(
    session: Session, world: World, qtbot: QtBot
) -> None:
    run = world.add(budget=0.1)
    page = opened(session, world, qtbot)
    path = next(run.folder.glob("*.patch.safetensors"))
    tensors = read_patch(path).tensors
    lines = {line[0]: line[1:] for line in page.ledger.lines()}
    changed = sum(name.startswith("delta/") for name in tensors)
    values = sum(t.numel() for name, t in tensors.items() if name.startswith("delta/"))
    assert lines[f"weights (layers changed: {changed})"] == (count(values), size(4 * values))
    assert lines["patch file, with card"][1] == size(path.stat().st_size)
    body = load_backbone(BACKBONE).backbone
    floats = [t for name, t in body.state_dict().items() if not name.endswith("tracked")]
    head = sum(p.numel() for p in body.head_layer.parameters())
    new_head = tensors["head/weight"].numel() + tensors["head/bias"].numel()
    copy = sum(t.numel() for t in floats) - head + new_head
    assert lines["full copy"] == (count(copy), size(4 * copy))


def test_all_tasks_of_the_project_are_added_up(
    session: Session, world: World, qtbot: QtBot
) -> None:
    """The newest patch of each task on this backbone; a task on another backbone is not among them."""
    world.add(budget=0.3)
    runs = {"words": world.add(budget=0.1)}
    for name, backbone in (("lights", BACKBONE), ("music", OTHER)):
        task = world.project.add_task(name).id
        runs[name] = finished_run(world.project, task, backbone, world.data, "head")
    page = opened(session, world, qtbot)
    qtbot.waitUntil(page.bank.isVisible, timeout=SLOW_MS)
    files = {name: next(run.folder.glob("*.patch.safetensors")) for name, run in runs.items()}
    counted = {
        name: sum(t.numel() for t in read_patch(path).tensors.values())
        for name, path in files.items()
    }
    sizes = {name: path.stat().st_size for name, path in files.items()}
    both = ("words", "lights")
    lines = {line[0]: line[1:] for line in page.bank.lines()}
    assert lines["words: swr 10\u202f%"] == (count(counted["words"]), size(sizes["words"]))
    assert lines["lights: head"] == (count(counted["lights"]), size(sizes["lights"]))
    summed = sum(counted[n] for n in both), sum(sizes[n] for n in both)
    assert lines["2 tasks together"] == (count(summed[0]), size(summed[1]))
    body = load_backbone(BACKBONE).backbone
    state = body.state_dict()
    floats = sum(t.numel() for name, t in state.items() if not name.endswith("tracked"))
    old_head = sum(p.numel() for p in body.head_layer.parameters())
    new_head = sum(
        t.numel() for n, t in read_patch(files["lights"]).tensors.items() if n[:4] == "head"
    )
    copies = 2 * (floats - old_head + new_head)
    assert lines["as full copies"] == (count(copies), size(4 * copies))
    assert not any("music" in name for name in lines)


def test_one_task_alone_is_not_added_up(session: Session, world: World, qtbot: QtBot) -> None:
    world.add(budget=0.1)
    page = opened(session, world, qtbot)
    assert not page.bank.isVisible()


def test_every_budget_is_what_the_kept_policy_says(
    session: Session, world: World, qtbot: QtBot
) -> None:
    run = world.add(budget=0.2)
    page = opened(session, world, qtbot)
    qtbot.waitUntil(page.map.budgets_button.isEnabled, timeout=SLOW_MS)
    page.map.budgets_button.click()
    drawn = page.map.budgets
    table = load_backbone(BACKBONE).backbone.layers()
    expected = preview(
        run.folder / "policy.safetensors", table, BUDGETS, SwrConfig(budget=0.2), classes=10
    )
    assert [column.chosen for column in drawn.columns] == [one.chosen for one in expected]
    assert any(column.left for column in drawn.columns)
    drawn.step_column(1)
    for _ in range(24):
        qtbot.keyClick(drawn, Qt.Key.Key_Right)
    at = expected[24]
    assert page.map.caption.text().startswith(
        f"At 25\u202f%: {sum(at.chosen)} of {len(at.chosen)} layers"
    )
    assert size(at.cost.stored_bytes) in page.map.caption.text()
    page.map.toggle.click()
    shown = page.map.table.model()
    assert shown.rowCount() == 100
    assert shown.index(24, 1).data() == str(sum(at.chosen))


def test_asked_against_stored_holds_runs_and_both_rules(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(budget=0.2)
    world.add(method="finetune")
    page = opened(session, world, qtbot)
    session.selection.select(["2", "1"])
    qtbot.waitUntil(page.map.budgets_button.isEnabled, timeout=SLOW_MS)
    text = page.cost_card.as_text()
    lines = [line.split("\t") for line in text.splitlines()[1:]]
    assert lines[0][:2] == ["swr 20\u202f%", "20.0\u202f%"]
    assert float(lines[0][2].split("\u202f")[0]) <= 20
    assert {line[0] for line in lines[1:]} == {"exact budget", "threshold 0.5"}
    assert len(lines) == 1 + 2 * len(BUDGETS)
    for name, asked, stored in lines:
        if name == "exact budget":
            assert float(stored.split("\u202f")[0]) <= float(asked.split("\u202f")[0]) + 0.05
