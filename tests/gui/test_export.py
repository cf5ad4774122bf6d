"""A finished run's patch is exported from Inspect and from the runs on Adapt; no file is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import few_clips, finished_run, install_backbone
from tests.helpers.logs import LogGuard
from tests.helpers.picture_folders import picture_folder
from tests.helpers.tiny import suited
from workbench import locations
from workbench.backbones.registry import load_backbone
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.gui import settings
from workbench.gui.pages.adapt_runs import RunsList
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.run_files import export_stem, free_place
from workbench.gui.session import Session
from workbench.gui.widgets.export_button import ExportButton
from workbench.methods.registry import names
from workbench.project.project import Project
from workbench.project.records import RunRecord
from workbench.training.event_file import EventWriter
from workbench.training.events import RunStarted, StagePlan, StepLogged

BACKBONE = "bcresnet1.small"
SLOW_MS = 60_000
PATCH, SOUND, FEATURES, MERGED, HISTORY = range(5)


@dataclass
class World:
    session: Session
    project: Project
    task: str

    def add(
        self, backbone: str = BACKBONE, data: Path | None = None, **config: object
    ) -> RunRecord:
        data = data or self.project.folder
        made = finished_run(self.project, self.task, backbone, data, **config)
        self.session.runs_changed.emit()
        return made


@dataclass
class Dialog:
    """Answers the file dialog, and remembers what it proposed."""

    answer: Path | None = None
    proposed: list[Path] = field(default_factory=list)
    options: list[QFileDialog.Option] = field(default_factory=list)

    def ask(
        self, _: object, title: str, place: str, kinds: str, *, options: QFileDialog.Option
    ) -> tuple[str, str]:
        self.proposed.append(Path(place))
        self.options.append(options)
        return (str(self.answer) if self.answer else ""), kinds


@pytest.fixture
def dialog(monkeypatch: pytest.MonkeyPatch) -> Dialog:
    made = Dialog()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", made.ask)
    return made


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Iterator[World]:
    install_backbone(BACKBONE)
    project = Project.create(tmp_path / "project")
    task = project.add_task("Spanish commands").id
    session.adopt(project)
    yield World(session, project, task)
    QThreadPool.globalInstance().waitForDone(SLOW_MS)
    session.close_project()


@pytest.fixture
def button(qtbot: QtBot, session: Session, world: World) -> ExportButton:
    made = ExportButton(session)
    qtbot.addWidget(made)
    made.show()
    made.show_run(world.add(budget=0.1))
    return made


def export(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, form: int, answer: Path | None
) -> str:
    """Choose an entry of the menu, wait for the end, and return what was said last."""
    dialog.answer = answer
    button.menu().actions()[form].trigger()
    qtbot.waitUntil(lambda: not button._background.is_busy, timeout=SLOW_MS)
    history = button._session.notices.history
    return history[-1].text if history else ""


def test_the_patch_file_is_copied_and_the_place_is_said(
    qtbot: QtBot, world: World, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    said = export(qtbot, button, dialog, PATCH, tmp_path / "words.patch.safetensors")
    (run,) = world.project.runs()
    original = next(run.folder.glob("*.patch.safetensors"))
    assert (tmp_path / "words.patch.safetensors").read_bytes() == original.read_bytes()
    assert str(tmp_path / "words.patch.safetensors") in said


@pytest.mark.parametrize(("form", "entry"), [(SOUND, "waveform"), (FEATURES, "features")])
def test_onnx_takes_what_the_menu_says_and_was_checked(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path, form: int, entry: str
) -> None:
    said = export(qtbot, button, dialog, form, tmp_path / "words")
    graph = onnx.load(tmp_path / "words.onnx").graph
    assert [one.name for one in graph.input] == [entry]
    assert "Checked on generated sounds: 24 of 24 are decided as by the patch" in said
    assert str(tmp_path / "words.onnx") in said


@pytest.mark.parametrize(("form", "name"), [(SOUND, "words.onnx"), (MERGED, "words")])
def test_an_export_is_checked_on_the_validation_clips_of_its_run(
    qtbot: QtBot,
    world: World,
    button: ExportButton,
    dialog: Dialog,
    tmp_path: Path,
    form: int,
    name: str,
) -> None:
    data = few_clips(tmp_path / "clips")
    parts = [clip.split for clip in load_task(data).task.clips]
    wanted = parts.count(Split.VAL)
    assert 0 < wanted < 24
    button.show_run(world.add(data=data, budget=0.2))
    said = export(qtbot, button, dialog, form, tmp_path / name)
    assert (
        f"Checked on validation clips: {wanted} of {wanted} are decided as by the patch; "
        "largest difference of a score: "
    ) in said
    assert float(said.rsplit(": ")[-1].rstrip(".")) < 1e-3
    assert world.session.notices.history[-1].stays


def test_a_run_on_pictures_is_offered_in_its_own_words(
    qtbot: QtBot, world: World, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    install_backbone("lenet5_small.small")
    data = picture_folder(tmp_path / "animals")
    button.show_run(world.add("lenet5_small.small", data, method="finetune"))
    texts = " ".join(f"{one.text()} {one.toolTip()}" for one in button.menu().actions())
    assert "pixels" in texts
    assert not any(word in texts for word in ("sound", "waveform", "word "))
    said = export(qtbot, button, dialog, SOUND, tmp_path / "animals.onnx")
    assert [one.name for one in onnx.load(tmp_path / "animals.onnx").graph.input] == ["picture"]
    assert "Checked on validation pictures: " in said


@pytest.mark.parametrize("method", names())
def test_merging_is_not_offered_for_methods_that_always_add_layers(
    world: World, button: ExportButton, method: str
) -> None:
    backbone = f"{suited(method)}.small"
    install_backbone(backbone)
    button.show_run(world.add(backbone, method=method))
    action = button.menu().actions()[MERGED]
    adds_layers = method in ("repnet", "spottune", "task_adapter")
    assert action.isEnabled() is not adds_layers
    assert ("cannot take up" in action.toolTip()) is adds_layers


def test_merged_weights_load_as_a_backbone(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    export(qtbot, button, dialog, MERGED, tmp_path / "bcresnet1.mine")
    assert load_backbone(tmp_path / "bcresnet1.mine").card.name == "bcresnet1.mine"
    assert dialog.proposed[0].name == "bcresnet1.spanish-commands-swr-10"


def test_the_history_of_the_training_is_exported(
    qtbot: QtBot, world: World, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    (run,) = world.project.runs()
    with EventWriter(run.folder, False) as history:
        history.write(RunStarted("swr", (StagePlan("super_net", "Super-net", 1, 1),), (), (), ()))
        history.write(StepLogged(0, 1, 1, 2.0, 0.5, 1e-3, {}))
    said = export(qtbot, button, dialog, HISTORY, tmp_path / "logs")
    assert said == f"3 values were written to {tmp_path / 'logs'}."
    assert list((tmp_path / "logs").iterdir())


def test_a_file_that_the_dialog_asked_about_is_replaced(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    place = tmp_path / "words.patch.safetensors"
    place.write_text("old")
    export(qtbot, button, dialog, PATCH, place)
    assert place.stat().st_size > 1000
    assert QFileDialog.Option.DontConfirmOverwrite not in dialog.options[0]


def test_a_file_that_nobody_asked_about_stays(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path, expect_log: LogGuard
) -> None:
    expect_log("exists already")
    (tmp_path / "words.onnx").write_text("mine")
    said = export(qtbot, button, dialog, SOUND, tmp_path / "words")
    assert (tmp_path / "words.onnx").read_text() == "mine"
    assert "Choose another name" in said


def test_a_folder_that_holds_something_stays(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path, expect_log: LogGuard
) -> None:
    expect_log("holds something already")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    export(qtbot, button, dialog, MERGED, tmp_path / "thesis")
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["thesis.txt"]


def test_a_damaged_patch_is_a_message(
    qtbot: QtBot,
    world: World,
    button: ExportButton,
    dialog: Dialog,
    tmp_path: Path,
    expect_log: LogGuard,
) -> None:
    expect_log("not a complete patch file")
    (run,) = world.project.runs()
    patch = next(run.folder.glob("*.patch.safetensors"))
    patch.write_bytes(patch.read_bytes()[:300])
    export(qtbot, button, dialog, SOUND, tmp_path / "words.onnx")
    assert not (tmp_path / "words.onnx").exists()
    assert button.isEnabled()


def test_a_dialog_that_is_left_writes_nothing(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert export(qtbot, button, dialog, PATCH, None) == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_one_export_at_a_time_and_the_button_says_so(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    dialog.answer = tmp_path / "words.patch.safetensors"
    button.menu().actions()[PATCH].trigger()
    assert (button.text(), button.isEnabled()) == ("Exporting…", False)
    qtbot.waitUntil(button.isEnabled, timeout=SLOW_MS)
    assert button.text() == "Export"


def test_the_next_export_starts_where_the_last_one_went(
    qtbot: QtBot, button: ExportButton, dialog: Dialog, tmp_path: Path
) -> None:
    locations.documents_dir().mkdir(parents=True)
    export(qtbot, button, dialog, PATCH, tmp_path / "spanish-commands-swr-10.patch.safetensors")
    export(qtbot, button, dialog, PATCH, None)
    assert dialog.proposed == [
        locations.documents_dir() / "spanish-commands-swr-10.patch.safetensors",
        tmp_path / "spanish-commands-swr-10-2.patch.safetensors",
    ]
    assert settings.export_folder() == tmp_path


def test_names_are_plain_on_every_system(world: World, tmp_path: Path) -> None:
    run = world.add(method="finetune")
    assert export_stem("Küche: an/aus ✓", run) == "küche-an-aus-finetune"
    assert export_stem("", world.add(budget=0.005)) == "swr-0.5"
    (tmp_path / "a.onnx").touch()
    assert free_place(tmp_path, "a", ".onnx") == tmp_path / "a-2.onnx"


def test_inspect_offers_the_run_that_it_shows(
    qtbot: QtBot, session: Session, world: World, dialog: Dialog, tmp_path: Path
) -> None:
    first, _ = world.add(budget=0.05), world.add(budget=0.3)
    page = InspectPage(session)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.current is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not page._background.is_busy, timeout=SLOW_MS)
    assert "swr 30" in page.export.toolTip()
    session.selection.select([first.id])
    assert "swr 5" in page.export.toolTip()
    export(qtbot, page.export, dialog, PATCH, tmp_path / "one.patch.safetensors")
    wanted = next(first.folder.glob("*.patch.safetensors")).read_bytes()
    assert (tmp_path / "one.patch.safetensors").read_bytes() == wanted


def test_the_list_of_runs_offers_it_for_finished_runs_only(
    qtbot: QtBot, session: Session, world: World
) -> None:
    finished = world.add(budget=0.1)
    gone = world.add(budget=0.3)
    next(gone.folder.glob("*.patch.safetensors")).unlink()
    runs = RunsList(session)
    qtbot.addWidget(runs)
    runs.show()
    assert not runs.export_button.isVisible()
    runs.choose(finished.id)
    assert runs.export_button.isVisible()
    assert runs.export_button.isEnabled()
    assert runs.export_button.focusPolicy() & Qt.FocusPolicy.TabFocus
    runs.choose(gone.id)
    assert not runs.export_button.isVisible()
