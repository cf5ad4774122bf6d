"""The Inspect station: map, budgets, ledger, and the weights of a layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt, QThreadPool
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import few_clips, finished_run, install_backbone
from tests.helpers.logs import LogGuard
from workbench import __version__
from workbench.backbones.registry import load_backbone
from workbench.gui.formatting import count, size
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.pages.inspect_data import BUDGETS
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.methods.patch import Patch, read_patch, save_patch
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.preview import preview
from workbench.project.project import Project
from workbench.project.records import RunRecord

SLOW_MS = 30_000
BACKBONE, OTHER = "bcresnet1.small", "res8-narrow.other"


@dataclass
class World:
    project: Project
    task: str
    data: Path

    def add(self, backbone: str = BACKBONE, method: str = "swr", **config: object) -> RunRecord:
        return finished_run(self.project, self.task, backbone, self.data, method, **config)


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Iterator[World]:
    install_backbone(BACKBONE)
    install_backbone(OTHER)
    project = Project.create(tmp_path / "project")
    yield World(project, project.add_task("words").id, tmp_path / "clips")
    QThreadPool.globalInstance().waitForDone(SLOW_MS)
    session.close_project()


def opened(session: Session, world: World, qtbot: QtBot) -> InspectPage:
    session.adopt(world.project)
    page = InspectPage(session)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    qtbot.waitUntil(lambda: page.current is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not page._background.is_busy, timeout=SLOW_MS)
    return page


def test_without_runs_it_says_what_will_appear(
    session: Session, world: World, qtbot: QtBot
) -> None:
    session.adopt(world.project)
    page = InspectPage(session)
    qtbot.addWidget(page)
    empty = page._stack.currentWidget()
    assert "which layers a run changed" in empty.accessibleName()
    with qtbot.waitSignal(session.station_requested) as asked:
        empty.primary.click()  # type: ignore[attr-defined]
    assert asked.args == [Station.ADAPT]


def test_map_shows_what_the_patches_say(session: Session, world: World, qtbot: QtBot) -> None:
    runs = [world.add(budget=budget) for budget in (0.05, 0.3)]
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    assert [column.key for column in drawn.columns] == [run.id for run in runs]
    assert [column.title for column in drawn.columns] == ["swr 5\u202f%", "swr 30\u202f%"]
    for run, column in zip(runs, drawn.columns, strict=True):
        card = read_patch(next(run.folder.glob("*.patch.safetensors"))).card
        assert [row.name for row in drawn.rows] == [d.name for d in card.decisions]
        assert [cell.changed for cell in column.cells] == [d.changed for d in card.decisions]
        assert [cell.delta_norm for cell in column.cells] == [d.delta_norm for d in card.decisions]
    table = load_backbone(BACKBONE).backbone.layers()
    parameters = {row.name: (row.parameters, row.multiplies) for row in table}
    assert all(parameters[row.name] == (row.parameters, row.multiplies) for row in drawn.rows)


def test_runs_on_another_backbone_are_mentioned_but_not_mixed_in(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(backbone=OTHER, budget=0.5)
    mine = world.add(budget=0.1)
    page = opened(session, world, qtbot)
    assert [column.key for column in page.map.runs.columns] == [mine.id]
    assert "on another backbone: 1" in page.note.text()


def test_versions_that_differ_are_named(session: Session, world: World, qtbot: QtBot) -> None:
    run = world.add(budget=0.1)
    path = next(run.folder.glob("*.patch.safetensors"))
    patch = read_patch(path)
    made = {"workbench": __version__, "torch": "1.0"}
    save_patch(Patch(patch.card.model_copy(update={"versions": made}), patch.tensors), path)
    page = opened(session, world, qtbot)
    wanted = f"{BACKBONE} · made with torch 1.0; here: torch {torch.__version__}"
    assert page.note.text() == page.note.toolTip() == wanted


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


def test_choosing_a_column_makes_that_run_current_everywhere(
    session: Session, world: World, qtbot: QtBot
) -> None:
    first, second = world.add(budget=0.05), world.add(budget=0.3)
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    assert drawn.current == second.id
    place = QPoint(round(drawn.left() + 20), 30)
    qtbot.mouseClick(drawn, Qt.MouseButton.LeftButton, pos=place)
    assert session.selection.current == first.id
    assert page.map.runs.current == first.id
    assert [column.key for column in drawn.columns] == [first.id, second.id]
    qtbot.keyClick(drawn, Qt.Key.Key_Right)
    assert session.selection.current == second.id


def test_norms_have_rows_where_a_run_changes_them(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(budget=0.3)
    world.add(method="patch")
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    assert "norm" not in {row.kind for row in drawn.rows}
    assert "norms as well" in page.map.caption.text()
    page.map.norms_button.click()
    assert "norms as well" not in page.map.caption.text()
    norms = [i for i, row in enumerate(drawn.rows) if row.kind == "norm"]
    swr, patch = drawn.columns
    assert norms
    assert all(patch.cells[i].changed and not swr.cells[i].changed for i in norms)
    assert not any(c.changed for i, c in enumerate(patch.cells) if i not in norms)
    assert [row.name for row in drawn.rows] == [
        layer.name for layer in load_backbone(BACKBONE).backbone.layers() if layer.group != "head"
    ]
    drawn.row_chosen.emit(norms[0])
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    assert page.layer.accessibleName() == drawn.rows[norms[0]].name
    assert page.layer.why_button.isVisible()


def test_methods_of_different_kinds_stand_side_by_side(
    session: Session, world: World, qtbot: QtBot
) -> None:
    kinds = ("head", "residual_adapter", "repnet", "piggyback")
    runs = [world.add(budget=0.3), *(world.add(method=method) for method in kinds)]
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    tensors = [read_patch(next(run.folder.glob("*.patch.safetensors"))).tensors for run in runs]
    for column, stored in zip(drawn.columns, tensors, strict=True):
        side = sum(t.numel() for name, t in stored.items() if name.startswith("side/"))
        assert column.beside.get("side", 0) == side
        assert (side > 0) == (column.title == "repnet")
        for row, cell in zip(drawn.rows, column.cells, strict=True):
            of_layer = [t for name, t in stored.items() if f"/{row.name}." in name[4:]]
            kernel = [t.numel() for t in of_layer if t.dim() > 1 or cell.how == "mask"]
            assert cell.stored == sum(kernel)
    swr, head, adapter, repnet, _ = drawn.columns
    assert {cell.how for cell in adapter.cells if cell.changed} == {"adapter"}
    assert not any(cell.changed for column in (head, repnet) for cell in column.cells)
    assert drawn._beside() == ("side", "head")
    row = next(i for i, cell in enumerate(adapter.cells) if cell.changed)
    assert "adapter weights" in drawn.describe_at(row, drawn.left() + 2.5 * drawn._pitch())
    session.selection.select([runs[0].id, runs[2].id])
    both = sum(a.changed and b.changed for a, b in zip(swr.cells, adapter.cells, strict=True))
    one = sum(a.changed != b.changed for a, b in zip(swr.cells, adapter.cells, strict=True))
    assert f"{both} are changed by every run here and {one} by one only" in page.map.caption.text()


def test_runs_that_differ_in_the_seed_are_named_by_it(
    session: Session, world: World, qtbot: QtBot
) -> None:
    for seed in (4, 7):
        finished_run(world.project, world.task, BACKBONE, world.data, "head", seed=seed)
    page = opened(session, world, qtbot)
    assert [column.title for column in page.map.runs.columns] == ["head seed 4", "head seed 7"]


def test_a_layer_is_chosen_by_click_and_keys_and_its_weights_are_shown(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    assert not page.layer.histogram.isVisible()
    qtbot.keyClick(drawn, Qt.Key.Key_Down)
    assert page.layer.accessibleName() == drawn.rows[0].name
    row = next(i for i, cell in enumerate(drawn.columns[0].cells) if cell.changed)
    band = drawn.row_layout().band(row, 0, 100)
    qtbot.mouseClick(drawn, Qt.MouseButton.LeftButton, pos=band.center().toPoint())
    assert drawn.selected == row
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    assert page.layer.why_button.isVisible()
    tip = drawn.tooltip_at(QPointF(drawn.left() + 5, band.center().y()))
    assert drawn.rows[row].name in tip
    assert "changed by" in tip
    assert "probability" in tip
    assert f"{count(drawn.rows[row].parameters)} parameters" in tip


def test_what_a_change_is_worth_is_measured_on_the_clips(
    session: Session, world: World, qtbot: QtBot
) -> None:
    few_clips(world.data, per_part=1)
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    row = next(i for i, cell in enumerate(page.map.runs.columns[0].cells) if cell.changed)
    page.map.runs.choose(row)
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    page.layer.why_button.click()
    qtbot.waitUntil(lambda: "Without this change" in page.layer.why.text(), timeout=SLOW_MS)
    assert "of 10 validation examples" in page.layer.why.text()


def test_clips_that_training_left_out_are_counted_in_the_header(
    session: Session, world: World, qtbot: QtBot
) -> None:
    whole, other = world.add(budget=0.3), world.add(budget=0.1)
    left_out = [{"path": "/clips/a.wav", "reason": "a.wav cannot be read as audio (no header)."}]
    world.project.finish_run(other.id, {**(other.record or {}), "left_out": left_out})
    page = opened(session, world, qtbot)
    session.selection.select([whole.id, other.id])
    qtbot.waitUntil(lambda: page.left_out.text() == "1 example left out")
    assert page.left_out.isVisible()
    assert page.left_out.toolTip() == left_out[0]["reason"]
    session.selection.select([whole.id])
    qtbot.waitUntil(lambda: not page.left_out.isVisible())


def test_lost_clips_are_told_in_place(session: Session, world: World, qtbot: QtBot) -> None:
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    row = next(i for i, cell in enumerate(page.map.runs.columns[0].cells) if cell.changed)
    page.map.runs.choose(row)
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    page.layer.ask_why()
    qtbot.waitUntil(lambda: "does not exist" in page.layer.why.text(), timeout=SLOW_MS)


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


def test_the_twin_of_the_map_sorts_by_size_of_change(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    page.map.toggle.click()
    model = page.map.table.model()
    titles = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    change = titles.index("swr 30\u202f%: change")
    assert model.rowCount() == 43
    page.map.table.sortByColumn(change, Qt.SortOrder.DescendingOrder)
    texts = [model.index(row, change).data() for row in range(43)]
    values = [float(text.split("\u202f")[0]) for text in texts if text != "–"]
    assert values == sorted(values, reverse=True)


def test_a_damaged_patch_is_a_message_and_the_rest_is_shown(
    session: Session, world: World, qtbot: QtBot, expect_log: LogGuard
) -> None:
    expect_log("not a complete patch file")
    good, bad = world.add(budget=0.1), world.add(budget=0.2)
    path = next(bad.folder.glob("*.patch.safetensors"))
    path.write_bytes(path.read_bytes()[:200])
    session.selection.select([good.id])
    session.adopt(world.project)
    page = InspectPage(session)
    qtbot.addWidget(page)
    session.selection.select([bad.id, good.id])
    qtbot.waitUntil(lambda: page.current is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not page._background.is_busy, timeout=SLOW_MS)
    assert [column.key for column in page.map.runs.columns] == [good.id]


def test_the_menu_ticks_and_unticks_runs(session: Session, world: World, qtbot: QtBot) -> None:
    first, second = world.add(budget=0.1), world.add(budget=0.2)
    page = opened(session, world, qtbot)
    assert page.menu.text() == "Runs: 2 of 2"
    page.menu.toggled_run.emit(first.id)
    assert session.selection.ids == (second.id,)
    assert page.menu.text() == "Runs: 1 of 2"
    ticks = [action.isChecked() for action in page.menu.menu().actions()]
    assert ticks == [False, True]
