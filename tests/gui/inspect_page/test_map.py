"""Inspect: which layers the runs changed, side by side."""

from __future__ import annotations

import torch
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.gui.inspect_page.world import BACKBONE, OTHER, SLOW_MS, World, opened
from tests.helpers.finished_runs import finished_run
from tests.helpers.logs import LogGuard
from workbench import __version__
from workbench.backbones.registry import load_backbone
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.methods.patch import Patch, read_patch, save_patch


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
