"""Care of a project: damage is found, space is freed, and an archive brings a project to another place."""

import json
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from mrt_studio.errors import ArtifactError, OptionError
from mrt_studio.session.project import clear_project, verify_project
from mrt_studio.session.project_archive import ArchiveLimits, export_project, import_project
from mrt_studio.session.project_format import FORMAT
from mrt_studio.session.session import Session
from mrt_studio.session.verdict import check_session, verdict
from mrt_studio.stages.base import ORDER
from tests.models.tiny import tiny_model, tiny_recipe


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Give a project that ran to its end, and its archive; tests copy the project."""
    folder = tmp_path_factory.mktemp("finished")
    session = Session(folder / "project", tiny_recipe(tiny_model(folder)))
    session.run("compile")
    check_session(session)
    session.save()
    session.close()
    export_project(folder / "project", folder / "project.zip")
    return folder


@pytest.fixture
def project(finished, tmp_path):
    return shutil.copytree(finished / "project", tmp_path / "copy")


@pytest.fixture
def archive(finished):
    return finished / "project.zip"


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")}


# verify, gc


def test_a_whole_project_has_no_findings(project):
    before = contents(project)
    found = verify_project(project)
    assert {f.artifact.partition("-")[0] for f in found} == {"check", *ORDER} - {"evaluate"}
    assert [f for f in found if f.problem] == []
    assert contents(project) == before


@pytest.mark.parametrize("name", ["prepared.params", "summary.json", "more"])
def test_verify_names_the_damaged_artifact(project, name):
    path = Session(project).folder("prepare") / name
    data = path.read_bytes() if path.exists() else b""
    path.write_bytes(data[:-1] + b"X")
    bad = [f for f in verify_project(project) if f.problem]
    assert [f.artifact for f in bad] == [path.parent.name]
    assert name in bad[0].problem


def test_gc_keeps_what_the_recipe_leads_to(project):
    session = Session(project)
    kept = {session.folder(stage).name for stage in ORDER if session.done(stage)}
    session.configure("quantize", shift_bits=2)
    session.run("compile")
    session.configure("quantize", shift_bits=5)
    (project / "artifacts" / "stranger").mkdir()
    (project / "artifacts" / "stranger" / "file").write_bytes(b"12345")
    found = clear_project(project)
    assert {name.partition("-")[0] for name in found.artifacts} == {"quantize", "compile", "stranger"}
    assert found.bytes > 1000
    assert kept <= {p.name for p in (project / "artifacts").iterdir()}
    assert Session(project).plan("compile") == ()
    assert verdict(Session(project))["operators"] > 0
    assert clear_project(project).artifacts == ()


def test_gc_of_a_project_whose_model_is_gone_removes_nothing(project):
    Session(project).configure("load", model="nowhere")
    text = (project / "recipe.toml").read_text()
    (project / "recipe.toml").write_text(text.replace("tiny-symbol", "nothing"))
    before = contents(project)
    with pytest.raises(OptionError, match="does not exist"):
        clear_project(project)
    assert contents(project) == before


@pytest.mark.parametrize("care", [verify_project, clear_project, lambda p: export_project(p, p.parent / "x.zip")])
def test_a_project_that_is_not_there_is_told_and_not_made(tmp_path, care):
    with pytest.raises(OptionError, match="no project folder"):
        care(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


# export, import


def test_an_archive_brings_everything_and_runs_nothing_again(archive, tmp_path):
    count = import_project(archive, tmp_path / "new")
    assert count == len(contents(tmp_path / "new"))
    session = Session(tmp_path / "new")
    assert session["load"].model == str(tmp_path / "new" / "model" / "tiny-symbol.json")
    assert session.plan("compile") == ()
    assert session.artifact("quantize").lowered.graph.operators
    assert verdict(session)["operators"] > 0


def test_equal_projects_give_equal_archives(archive, tmp_path):
    import_project(archive, tmp_path / "one")
    export_project(tmp_path / "one", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_a_damaged_project_is_not_exported(project, tmp_path):
    path = Session(project).folder("load") / "model.params"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArtifactError, match="damaged"):
        export_project(project, tmp_path / "x.zip")
    assert not list(tmp_path.glob("*.zip")) + list(tmp_path.glob(".x*"))


def test_a_folder_with_something_in_it_is_left_alone(archive, tmp_path):
    (tmp_path / "mine").write_text("mine")
    for place in (tmp_path, tmp_path / "mine"):
        with pytest.raises(ArtifactError, match="something in the folder"):
            import_project(archive, place)
    assert contents(tmp_path) == {"mine": b"mine"}


def rewritten(archive, path, change):
    """Write the archive again after `change(list of (ZipInfo, bytes))`."""
    with zipfile.ZipFile(archive) as old:
        entries = [(info, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for info, data in change(entries):
            new.writestr(info, data)
    return path


def added(name, data=b"x", mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return lambda entries: [*entries, (info, data)]


def replaced(end, change):
    return lambda entries: [(info, change(data) if info.filename.endswith(end) else data) for info, data in entries]


TRAVERSALS = [
    *("../x", "../../x", "artifacts/../../x", "/etc/x", "//x", "\\x", "..\\x", "C:\\x", "model/../x", "model/./x", "model//x", "model/", "./recipe.toml"),
    *("artifacts/load-0/x", "artifacts/x", f"artifacts/load-{'0' * 24}/../x", f"artifacts/load-{'0' * 24}/a/b/c/d", f"artifacts/.x-{'0' * 24}/x"),
    *(
        "model/a b",
        "model/é",
        "model/x\n",
        "model/\u202ex",
        "other/x",
        ".lock",
        ".owner.json",
        "Recipe.toml",
        "model/" + "x" * 300,
        "model/.x",
        "project.json/x",
    ),
]


@pytest.mark.parametrize("name", TRAVERSALS)
def test_names_that_are_none_of_a_projects_are_refused(archive, tmp_path, name):
    with pytest.raises(ArtifactError, match="archive cannot be used"):
        import_project(rewritten(archive, tmp_path / "bad.zip", added(name)), tmp_path / "in" / "new")
    assert [p.name for p in tmp_path.rglob("*") if p.name != "in"] == ["bad.zip"]


FOREIGN = {
    "a link": (added("model/link", b"/etc/passwd", stat.S_IFLNK | 0o777), "no plain file"),
    "a device": (added("model/device", b"", stat.S_IFCHR), "no plain file"),
    "a name in another case": (added("MODEL/x"), "none of a project's"),
    "twice": (lambda e: [*e, (zipfile.ZipInfo("model/tiny-SYMBOL.json"), b"{}")], "comes twice"),
    "no recipe": (lambda e: [x for x in e if x[0].filename != "recipe.toml"], "no recipe.toml"),
    "no number": (lambda e: [x for x in e if x[0].filename != "project.json"], "no project.json"),
    "no model": (lambda e: [x for x in e if not x[0].filename.startswith("model/tiny-0")], "model is not in it"),
    "a flipped bit": (replaced("prepared.params", lambda d: d[:-40] + bytes([d[-40] ^ 1]) + d[-39:]), "not the file that was written"),
    "a broken seal": (replaced("summary.json", lambda d: d.replace(b'"seconds": ', b'"seconds": 1')), "damaged"),
    "a stage of its own": (added(f"artifacts/other-{'0' * 24}/x"), "cannot be read|No such file"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_archives_that_are_not_as_exported_are_refused(archive, tmp_path, name):
    change, why = FOREIGN[name]
    with pytest.raises(ArtifactError, match="archive cannot be used") as caught:
        import_project(rewritten(archive, tmp_path / "bad.zip", change), tmp_path / "new")
    assert why.partition("|")[0] in caught.value.why or why.partition("|")[2] in caught.value.why
    assert [p.name for p in tmp_path.iterdir()] == ["bad.zip"]


def test_an_archive_of_a_newer_program_is_refused(archive, tmp_path):
    bad = rewritten(archive, tmp_path / "bad.zip", replaced("project.json", lambda d: json.dumps({"format": FORMAT + 1}).encode()))
    with pytest.raises(ArtifactError, match=f"format {FORMAT + 1}"):
        import_project(bad, tmp_path / "new")


def test_a_recipe_with_unknown_options_is_refused(archive, tmp_path):
    bad = rewritten(archive, tmp_path / "bad.zip", replaced("recipe.toml", lambda d: d.replace(b"shift_bits", b"rm_rf")))
    with pytest.raises(OptionError, match="rm_rf"):
        import_project(bad, tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.zip"]


def test_a_model_outside_of_the_archive_is_not_taken(archive, tmp_path):
    bad = rewritten(archive, tmp_path / "bad.zip", replaced("recipe.toml", lambda d: d.replace(b"model/tiny", b"/etc/../tiny")))
    import_project(bad, tmp_path / "new")
    assert Path(Session(tmp_path / "new")["load"].model).parent == tmp_path / "new" / "model"


LIMITS = [ArchiveLimits(files=5), ArchiveLimits(file_bytes=1000), ArchiveLimits(total_bytes=5000)]


@pytest.mark.parametrize("limits", LIMITS)
def test_the_limits_hold(archive, tmp_path, limits):
    with pytest.raises(ArtifactError, match="archive cannot be used"):
        import_project(archive, tmp_path / "new", limits)
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_refused_by_its_announcement_and_stops_at_a_forged_one(archive, tmp_path):
    big = bytes(8 << 20)
    bomb = rewritten(archive, tmp_path / "bomb.zip", lambda e: [(i, big if i.filename == "model/tiny-0000.params" else d) for i, d in e])
    with pytest.raises(ArtifactError, match="archive cannot be used") as caught:
        import_project(bomb, tmp_path / "new", ArchiveLimits(file_bytes=1 << 20))
    assert "unpacks to 8,388,608 bytes" in caught.value.why
    data = bytearray(bomb.read_bytes())
    at = data.index(b"PK\1\2" + b"\0" * 0, data.rindex(b"tiny-0000.params") - 60)
    struct.pack_into("<I", data, at + 24, 100)
    bomb.write_bytes(data)
    with pytest.raises(ArtifactError, match="archive cannot be used"):
        import_project(bomb, tmp_path / "new", ArchiveLimits(file_bytes=1 << 20))
    assert [p.name for p in tmp_path.iterdir()] == ["bomb.zip"]
