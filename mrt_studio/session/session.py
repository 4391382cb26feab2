"""One model on its way: the stages' options, their artifacts by content key, and thresholds set by hand."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from mrt_studio.demos.base import demos
from mrt_studio.errors import ArtifactError, FormatError, ModelError, OptionError, StudioError
from mrt_studio.recipes.base import Recipe, read_recipe
from mrt_studio.session.history import History
from mrt_studio.session.runs import Runs
from mrt_studio.session.store import Store
from mrt_studio.stages.base import ORDER, Report, Silent, Stage, make_stage
from mrt_studio.stages.load import DEMO
from mrt_studio.stages.spread import Here, Spread, spread_over

Listener = Callable[[str], None]


class Session:
    """The options of all stages over a project folder; the command line, the app and notebooks all use this.

    Artifacts are kept by a key made of their inputs and options, so changing an option only asks for
    what depends on it, and changing it back finds the old result again.
    """

    def __init__(self, folder: Path | str | None = None, recipe: Mapping[str, Mapping[str, Any]] | None = None, token: str = "") -> None:
        """Open a project folder, or a temporary one that goes with the session; `recipe` replaces the options that the folder holds.

        Reading is always possible. The first write takes the project's lock, which is held until `close`, or until the session is gone;
        a worker writes with the `token` of the session that it works for.

        Raises:
            ArtifactError: the folder cannot be used.
            OptionError: the recipe holds an unknown stage, option or value.
        """
        self._stages = {name: make_stage(name, {}) for name in ORDER}
        self._listeners: list[Listener] = []
        self._loaded: dict[tuple[str, str], Any] = {}
        self._made: dict[str, Any] = {}  # the last artifact that each stage made here, for `Stage.rerun`
        self.spread: Spread = Here()
        """Where the batches of calibration and evaluation run; a `Cluster` lets other processes and machines help."""
        self._known = _Known()
        self.thresholds = Thresholds(self)
        self.use(recipe or {})  # before a folder is made for a recipe that is refused
        if folder is None:
            folder = tempfile.mkdtemp(prefix="mrt-studio-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.store = Store(Path(folder), token)
        if recipe is None and self.store.recipe_path.exists():
            self.use(read_recipe(self.store.recipe_path).recipe)
        self.history = History(self)
        self.runs = Runs(self)

    def __getitem__(self, stage: str) -> Stage:
        """The stage with its current options; raises OptionError for an unknown name."""
        if stage not in self._stages:
            raise OptionError(f"There is no stage called {stage!r}.", remedy=f"The stages are: {', '.join(ORDER)}.")
        return self._stages[stage]

    def open(self, model: str, params: str = "") -> None:
        """Choose the model: a symbol file, or ``demo:NAME``, which brings its own shape and data set.

        Raises:
            OptionError: there is no such demo.
        """
        if model.startswith(DEMO):
            self.use(demos[model.removeprefix(DEMO)]().recipe())
        self.configure("load", model=model, params=params)

    def use(self, recipe: Mapping[str, Mapping[str, Any]]) -> None:
        """Set the options of a recipe on top of the current ones, all or none."""
        new = {name: make_stage(name, {**self[name].options(), **values}) for name, values in recipe.items()}
        self._change(new)

    def replace(self, recipe: Mapping[str, Mapping[str, Any]]) -> None:
        """Set every option, all or none: to what the recipe says, or to its default."""
        self._change({name: make_stage(name, recipe.get(name, {})) for name in ORDER})

    def configure(self, stage: str, **options: Any) -> None:
        """Set options of one stage; None restores a default.

        Raises:
            OptionError: an option is unknown or a value is not allowed; nothing has changed then.
        """
        values = {**self[stage].options(), **options}
        defaults = {f.name for f in dataclasses.fields(self[stage]) if values.get(f.name) is None}
        kept = {name: value for name, value in values.items() if name not in defaults or not _has_default(self[stage], name)}
        self._change({stage: make_stage(stage, kept)})

    def recipe(self) -> Recipe:
        """All options as plain data."""
        return {name: stage.options() for name, stage in self._stages.items() if stage.options()}

    def key(self, stage: str) -> str:
        """The content key of a stage's artifact.

        Raises:
            OptionError: the model is not named, or its files do not exist.
        """
        known = self._known.keys_for(tuple(self._stages.values()))
        if stage not in known:
            known[stage] = self[stage].key({name: self.key(name) for name in self[stage].needs})
        return known[stage]

    @contextlib.contextmanager
    def still(self) -> Generator[None]:
        """Take the model's files not to change until the end, on this thread: a look at the session asks for the same keys many times."""
        self._known.depth += 1
        try:
            yield
        finally:
            self._known.depth -= 1

    def done(self, stage: str) -> bool:
        """Whether the artifact for the current options exists."""
        try:
            return self.store.has(stage, self.key(stage))
        except (OptionError, FormatError):
            return False

    def plan(self, stage: str) -> tuple[str, ...]:
        """The stages that have to run, in order, for `stage` to be done."""
        wanted = self._needed(stage)
        return tuple(name for name in ORDER if name in wanted and not self.done(name))

    def run(self, stage: str, report: Report | None = None, *, force: bool = False) -> Any:
        """Run what is missing up to `stage`, in this process; returns its artifact.

        Raises:
            StudioError: a stage failed; the artifacts of those before it are kept.
        """
        report = report or Silent()
        if force:
            self.forget(stage)
        for name in self.plan(stage):
            report.log(f"{self[name].title} …")
            self._run_one(name, report)
            if name == "evaluate":
                self.runs.record()
        return self.artifact(stage)

    def artifact(self, stage: str) -> Any:
        """The stage's artifact for the current options.

        Raises:
            ArtifactError: the stage has not run, or its files are damaged; then they are dropped, and the next run makes them again.
        """
        key = self.key(stage)
        found = self._loaded.get((stage, key))
        if found is None:
            try:
                found = self.store.load(self[stage], key)
            except (ArtifactError, ModelError):
                self._drop_damaged(stage)
                raise
            self._loaded = {k: v for k, v in self._loaded.items() if k[0] != stage} | {(stage, key): found}
        return found

    def summary(self, stage: str) -> Mapping[str, Any]:
        """The artifact's figures and the seconds it took.

        Raises:
            ArtifactError: the stage has not run, or its files are damaged; then they are dropped.
        """
        try:
            return self.store.summary(stage, self.key(stage))
        except ArtifactError:
            self._drop_damaged(stage)
            raise

    def folder(self, stage: str) -> Path:
        """Where the artifact's files are."""
        return self.store.path(stage, self.key(stage))

    def forget(self, stage: str) -> None:
        """Drop the stage's artifact for the current options, so that it is made again, from the start."""
        key = self.key(stage)
        self._made.pop(stage, None)
        self._loaded.pop((stage, key), None)
        self.store.remove(stage, key)

    def close(self) -> None:
        """Let other processes write in the project folder."""
        self.store.close()

    def save(self) -> None:
        """Write the options to the project folder."""
        self.store.write_recipe(self.recipe())

    def undo(self) -> bool:
        """Take back the last change of options; returns whether there was one."""
        return self.history.undo()

    def redo(self) -> bool:
        """Make the change again that was taken back; returns whether there was one."""
        return self.history.redo()

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(stage)` after a stage's options changed, or it or an analysis ran; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def notify(self, stage: str) -> None:
        """Tell the watchers of a stage or an analysis whose options changed or which ran, also in a worker."""
        for listener in tuple(self._listeners):
            listener(stage)

    def _needed(self, stage: str) -> set[str]:
        return {stage}.union(*(self._needed(name) for name in self[stage].needs))

    def _run_one(self, name: str, report: Report) -> None:
        stage, started = self[name], time.perf_counter()
        try:
            key = self.key(name)
            with spread_over(self.spread):
                artifact = stage.rerun(self._made.get(name), {need: self.artifact(need) for need in stage.needs}, report)
        except StudioError as error:
            error.where = error.where or f"stage {name}"
            raise
        self.store.save(name, key, artifact, time.perf_counter() - started)
        self._loaded = {k: v for k, v in self._loaded.items() if k[0] != name} | {(name, key): artifact}
        if stage.resumes:
            self._made[name] = artifact
        self.notify(name)

    def _drop_damaged(self, stage: str) -> None:
        """Drop an artifact that could not be read; one that is not there needs nothing, and another process's is left to that."""
        if self.done(stage):
            with contextlib.suppress(ArtifactError):
                self.forget(stage)

    def _change(self, new: Mapping[str, Stage]) -> None:
        changed = [name for name, stage in new.items() if stage != self._stages[name]]
        self._stages.update(new)
        for name in changed:
            self.notify(name)


class _Known(threading.local):
    """The content keys that are known for some options while a session is held still."""

    def __init__(self) -> None:
        self.depth = 0
        self._stages: tuple[Stage, ...] = ()
        self._keys: dict[str, str] = {}

    def keys_for(self, stages: tuple[Stage, ...]) -> dict[str, str]:
        """Those of these stages, to be filled; forgotten at once when nothing is held still."""
        if not self.depth or len(stages) != len(self._stages) or any(new is not old for new, old in zip(stages, self._stages, strict=True)):
            self._stages, self._keys = stages if self.depth else (), {}
        return self._keys


class Thresholds(MutableMapping[str, float]):
    """The thresholds in force: the observer's, and those set by hand. Deleting one restores the observer's."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._observed: tuple[Any, Mapping[str, float]] = (None, {})

    @property
    def edited(self) -> dict[str, float]:
        """Those set by hand."""
        return dict(self._session["quantize"].options().get("thresholds", {}))

    def observed(self) -> Mapping[str, float]:
        """What the observer chooses; empty before calibration."""
        from mrt_studio.stages.quantize import Quantize  # noqa: PLC0415  (only when thresholds are asked for)

        session, stage = self._session, self._session["quantize"]
        if not session.done("calibrate") or not isinstance(stage, Quantize):
            return {}
        key = (session.key("calibrate"), stage.observer, stage.weight_observer, tuple(stage.observers.items()))
        if self._observed[0] != key:  # a search for least error over hundreds of tensors takes seconds
            self._observed = (key, stage.observe(session.artifact("calibrate").stats, session.artifact("prepare").graph.params))
        return self._observed[1]

    def replace(self, thresholds: Mapping[str, float]) -> None:
        """Set all thresholds by hand at once; others go back to the observer's."""
        self._session.configure("quantize", thresholds=dict(thresholds))

    def __getitem__(self, name: str) -> float:
        edited = self.edited
        return edited[name] if name in edited else self.observed()[name]

    def __setitem__(self, name: str, value: float) -> None:
        self.replace({**self.edited, name: value})

    def __delitem__(self, name: str) -> None:
        edited = self.edited
        del edited[name]
        self.replace(edited)

    def __iter__(self) -> Iterator[str]:
        return iter({**self.observed(), **self.edited})

    def __len__(self) -> int:
        return len({**self.observed(), **self.edited})


def key_of(recipe: Mapping[str, Mapping[str, Any]], stage: str) -> str:
    """The content key that a stage's artifact has for a recipe.

    Raises:
        OptionError: the recipe is not allowed, its model is not named, or its files do not exist.
    """
    made = make_stage(stage, recipe.get(stage, {}))
    return made.key({name: key_of(recipe, name) for name in made.needs})


def _has_default(stage: Stage, name: str) -> bool:
    field = next(f for f in dataclasses.fields(stage) if f.name == name)
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
