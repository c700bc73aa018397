"""`portkit diff` on a git repository: the ledger lists upstream's commits, and what it says is obeyed."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import resync_kit as kit
from resync_kit import PORT, Repository, port_files, resync

Snapshot = Callable[[Path], dict[str, bytes | str]]
STEPS = f"{PORT}/steps.c"


@dataclass
class Past:
    """A repository, what its commits are called, and a port of its base."""

    repository: Repository
    base: str
    names: list[str]                    # of the commits that touch the driver, oldest first
    out: Path

    @property
    def root(self) -> Path:
        return self.repository.root

    def entries(self) -> list[dict]:
        return tomllib.loads((self.out / "portkit-sync.toml").read_text()).get("change", [])

    def state(self, name: str) -> str:
        return next(entry["state"] for entry in self.entries() if entry["commit"] == name)

    def decide(self, name: str, **values: object) -> None:
        """What a person writes into the ledger, in an entry of his own or in one that is there."""
        path = self.out / "portkit-sync.toml"
        text = path.read_text()
        words = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        if f'commit = "{name}"' in text:
            head, tail = text.split(f'commit = "{name}"\n')
            body, mark, rest = tail.partition("[[change]]")
            kept = "".join(line for line in body.splitlines(keepends=True) if line.split(" = ")[0] not in values)
            text = f'{head}commit = "{name}"\n{words}{kept}{mark}{rest}'
        else:
            text += f'\n[[change]]\ncommit = "{name}"\n{words}'
        path.write_text(text)


def write_history(place: Path) -> tuple[Repository, str, list[str]]:
    """A repository with a base and 24 commits to the driver: lines changed, functions and files added, removed,
    renamed, split, moved; and a few that do not concern it."""
    made = kit.upstream(place, steps=12)
    repository = Repository(made)
    base = repository.commit("gizmo: the base")
    names = []

    def commit(title: str) -> None:
        names.append(repository.commit(title))

    for number in range(8):
        made.edit("steps.c", f"value + {number};", f"value + {number}{number};")
        commit(f"gizmo: step {number} adds more")
    made.tree.write({"sys/dev/other/other.c": "int other;\n"})
    repository.commit("other: a driver that is none of ours")
    made.put(more_c=kit.source("More steps.", kit.step(50), kit.step(51)))
    commit("gizmo: more steps")
    made.edit("more.c", "value + 50;", "value + 5050;")
    commit("gizmo: step 50 adds more")
    made.edit("gizmo.h", "GIZMO_SLOTS\t16", "GIZMO_SLOTS\t32")
    commit("gizmo: twice the slots")
    made.put(further_c=made.texts["more.c"], more_c=None)
    commit("gizmo: rename more.c")
    made.edit("further.c", "value + 51;", "value + 5151;")
    commit("gizmo: step 51 adds more")
    text = made.texts["steps.c"]
    cut = text.index("/*\n * Step 9 ")
    made.put(steps_c=text[:cut].rstrip("\n") + "\n", late_c=kit.source("Late steps.", text[cut:]))
    commit("gizmo: split steps.c")
    made.edit("late.c", "value + 10;", "value + 1010;")
    commit("gizmo: step 10 adds more")
    made.edit("gizmo.c", "\"A gizmo\"", "\"A gizmo of ours\"")
    commit("gizmo: whose gizmo")
    made.tree.write({"README": "Read me.\n"})
    repository.commit("a file of the tree's own")
    made.put(odd_c=kit.source("Odd.", kit.step(70)))
    commit("gizmo: something odd")
    made.put(odd_c=None)
    commit("gizmo: nothing odd")
    for number in range(8, 12):
        name = "steps.c" if number == 8 else "late.c"
        made.edit(name, f"> {number * 7 + 100})", f"> {number * 7 + 1000})")
        commit(f"gizmo: step {number} has a higher limit")
    made.edit("steps.c", "value + 77;", "value + 7777;")
    commit("gizmo: step 7 adds still more")
    made.version(1302001, "13.3")
    made.edit("steps.c", "value + 00;", "value + 1000;")
    commit("gizmo: step 0 adds still more")
    return repository, base, names


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str, list[str], Path]:
    place = tmp_path_factory.mktemp("history")
    repository, base, names = write_history(place / "tree")
    assert len(names) >= 20
    kit.translate(repository.root, place / "base", "--rev", base)
    kit.translate(repository.root, place / "fresh", "--rev", "main")
    return repository, base, names, place


@pytest.fixture
def past(written: tuple[Repository, str, list[str], Path], tmp_path: Path) -> Past:
    repository, base, names, place = written
    shutil.copytree(place / "base", tmp_path / "out")
    return Past(repository, base, names, tmp_path / "out")


@pytest.fixture
def fresh(written: tuple[Repository, str, list[str], Path]) -> Path:
    return written[3] / "fresh"


def translated(past: Past, tmp_path: Path, change: Callable[[kit.Upstream], None]) -> Path:
    """A fresh port of the newest text with something changed in it."""
    root = tmp_path / "changed"
    root.mkdir()
    archive = subprocess.run(["git", "-C", str(past.root), "archive", "main"], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(root)], input=archive, check=True)
    made = kit.Upstream.__new__(kit.Upstream)
    made.tree = kit.FakeTree.__new__(kit.FakeTree)
    made.tree.root = root
    made.texts = {path.name: path.read_text("latin-1") for path in (root / kit.SOURCE).iterdir()}
    change(made)
    kit.translate(root, tmp_path / "wanted")
    return tmp_path / "wanted"


def same_text(one: Path, two: Path) -> None:
    texts = [{name: data for name, data in port_files(out).items() if name.startswith("usr/")} for out in (one, two)]
    assert texts[0] == texts[1] and texts[0]


# -- all of it -----------------------------------------------------------------------------------------------

def test_the_ledger_lists_every_commit(past: Past) -> None:
    resync(past.root, past.out, "--rev", "main")
    entries = past.entries()
    assert [entry["commit"] for entry in entries] == past.names
    assert {entry["state"] for entry in entries} == {"applied"}
    first = entries[0]
    assert (first["title"], first["author"], first["files"]) == (
        "gizmo: step 0 adds more", "Ada Writer <ada@example.org>", ["sys/dev/gizmo/steps.c"])
    assert first["date"] == "2020-01-03"
    assert set(entries[11]["files"]) == {"sys/dev/gizmo/more.c", "sys/dev/gizmo/further.c",
                                         "sys/modules/gizmo/Makefile"}


def test_at_once_equals_a_fresh_translation(past: Past, fresh: Path) -> None:
    resync(past.root, past.out, "--rev", "main")
    assert port_files(past.out) == port_files(fresh)


@pytest.mark.parametrize("option", ["--commit", "--rev"])
def test_one_at_a_time_equals_at_once(option: str, past: Past, fresh: Path) -> None:
    for name in past.names:
        resync(past.root, past.out, option, name)
    assert port_files(past.out) == port_files(fresh)
    assert [entry["commit"] for entry in past.entries()] == past.names
    assert {entry["state"] for entry in past.entries()} == {"applied"}


def test_one_at_a_time_keeps_hand_edits(past: Past, fresh: Path) -> None:
    kit.edit(past.out / STEPS, "total_10 = value + 10;", "total_10 = value + 10 - 1 + 1;")
    kit.edit(past.out / STEPS, "if (total_6 > 142)", "if (total_6 > 6666)")
    statuses = [resync(past.root, past.out, "--commit", name, status=None).exit_code for name in past.names[:14]]
    assert set(statuses) == {0}
    assert "total_10 = value + 10 - 1 + 1;" in (past.out / f"{PORT}/late.c").read_text()
    assert "if (total_6 > 6666)" in (past.out / STEPS).read_text()
    result = resync(past.root, past.out, "--commit", past.names[14], status=1)
    assert past.names[14][:12] in result.output and "gizmo: step 10 adds more" in result.output
    assert past.state(past.names[14]) == "partly"


def test_a_work_tree_stands_for_its_commit(past: Past, fresh: Path) -> None:
    resync(past.root, past.out)
    assert port_files(past.out) == port_files(fresh) and len(past.entries()) == len(past.names)


def test_a_base_without_a_commit_is_found_by_its_text(past: Past, fresh: Path, tmp_path: Path) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    archive = subprocess.run(["git", "-C", str(past.root), "archive", past.base], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(root)], input=archive.stdout, check=True)
    kit.translate(root, tmp_path / "plain-out")
    past.out = tmp_path / "plain-out"
    resync(past.root, past.out, "--rev", past.names[5])
    resync(past.root, past.out, "--rev", "main")
    assert [entry["commit"] for entry in past.entries()] == past.names
    same_text(past.out, fresh)


def test_a_text_that_no_commit_has_is_a_release(past: Past, tmp_path: Path) -> None:
    made = kit.upstream(tmp_path / "plain", steps=11)
    kit.translate(made.root, tmp_path / "plain-out")
    past.out = tmp_path / "plain-out"
    resync(past.root, past.out, "--rev", "main")
    assert [(entry["release"], entry["state"]) for entry in past.entries()] == [("13.3-RELEASE", "applied")]


# -- what the ledger keeps out -------------------------------------------------------------------------------

def test_an_ignored_commit_stays_out(past: Past, tmp_path: Path) -> None:
    past.decide(past.names[3], state="ignored", reason="not for illumos")
    resync(past.root, past.out, "--rev", "main")
    wanted = translated(past, tmp_path, lambda made: made.edit("steps.c", "value + 33;", "value + 3;"))
    same_text(past.out, wanted)
    entry = next(entry for entry in past.entries() if entry["commit"] == past.names[3])
    assert (entry["state"], entry["reason"], entry["title"]) == ("ignored", "not for illumos",
                                                                 "gizmo: step 3 adds more")


def test_a_deferred_commit_stays_out_until_it_is_pending(past: Past, fresh: Path) -> None:
    past.decide(past.names[3][:9], state="deferred")
    resync(past.root, past.out, "--rev", past.names[10])
    assert "value + 3;" in (past.out / STEPS).read_text() and past.state(past.names[3]) == "deferred"
    resync(past.root, past.out, "--rev", "main")
    assert "value + 3;" in (past.out / STEPS).read_text() and past.state(past.names[3]) == "deferred"
    past.decide(past.names[3], state="pending")
    resync(past.root, past.out, "--rev", "main")
    assert past.state(past.names[3]) == "applied"
    assert port_files(past.out) == port_files(fresh)


def test_a_deferred_commit_can_be_brought_by_name(past: Past, fresh: Path) -> None:
    past.decide(past.names[3], state="deferred")
    resync(past.root, past.out, "--rev", "main")
    resync(past.root, past.out, "--commit", past.names[3])
    assert past.state(past.names[3]) == "applied"
    same_text(past.out, fresh)


def test_an_applied_commit_is_taken_out_again(past: Past, tmp_path: Path) -> None:
    resync(past.root, past.out, "--rev", "main")
    past.decide(past.names[3], state="ignored", reason="it broke something")
    resync(past.root, past.out, "--rev", "main")
    same_text(past.out, translated(past, tmp_path, lambda made: made.edit("steps.c", "value + 33;", "value + 3;")))


def test_a_file_that_an_ignored_commit_added(past: Past, tmp_path: Path) -> None:
    """It goes, and so do the commits that build on it, where the ledger says so."""
    for number in (8, 9, 11, 12):
        past.decide(past.names[number], state="ignored", reason="no more steps")
    resync(past.root, past.out, "--rev", "main")
    same_text(past.out, translated(past, tmp_path, lambda made: made.put(further_c=None)))


def test_what_does_not_hold_together_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    """A structure's member goes, and what uses it stays."""
    repository = Repository(kit.upstream(tmp_path / "tree"))
    made = repository.upstream
    base = repository.commit("gizmo: the base")
    made.edit("gizmo.h", "\tuint64_t\t*table;\n", "\tuint64_t\t*table;\n\tuint64_t\t extra;\n")
    member = repository.commit("gizmo: a member")
    made.edit("steps.c", "value + 3;", "value + sc->extra;")
    repository.commit("gizmo: its use")
    kit.translate(repository.root, tmp_path / "out", "--rev", base)
    past = Past(repository, base, [], tmp_path / "out")
    past.decide(member, state="ignored", reason="no")
    bad(past, snapshot, "sys/dev/gizmo/steps.c", "--rev", "main")
    bad(past, snapshot, "does not hold together", "--rev", "main")


def test_what_later_commits_stand_on_cannot_be_left_out(past: Past) -> None:
    """Step 7 is changed twice: the first of the two cannot be taken out alone."""
    past.decide(past.names[7], state="ignored", reason="no")
    result = resync(past.root, past.out, "--rev", "main", status=1)
    assert "value + 7777;" in (past.out / STEPS).read_text()
    assert past.state(past.names[7]) == "applied"
    assert f"{past.names[7][:12]} sys/dev/gizmo/steps.c @@" in result.output
    assert "could not be left out" in result.output


def test_a_part_that_can_be_left_out_is(past: Past, tmp_path: Path) -> None:
    """One commit changes two places, a later one changes one of them again."""
    repository, base, _ = write_history(tmp_path / "tree")
    made = repository.upstream
    made.edit("steps.c", "value + 44;", "value + 4400;")
    made.edit("gizmo.c", "return (EBUSY);", "return (ENXIO);")
    both = repository.commit("gizmo: two places")
    made.edit("steps.c", "value + 4400;", "value + 4401;")
    repository.commit("gizmo: one of them again")
    kit.translate(repository.root, tmp_path / "two", "--rev", base)
    past = Past(repository, base, [], tmp_path / "two")
    past.decide(both, state="ignored", reason="EBUSY is right")
    resync(past.root, past.out, "--rev", "main", status=1)
    entry = next(entry for entry in past.entries() if entry["commit"] == both)
    assert entry["state"] == "partly" and entry["reason"] == "EBUSY is right"
    (hunk,) = entry["hunks"]
    line = made.texts["gizmo.c"].split("return (ENXIO);\n\tfree")[0].count("\n") + 1
    assert hunk == f"sys/dev/gizmo/gizmo.c @@ -{line} +{line} @@"
    gizmo, steps = ((past.out / f"{PORT}/{name}").read_text("latin-1") for name in ("gizmo.c", "steps.c"))
    assert gizmo.count("return (EBUSY);") == 1 and "value + 4401;" in steps
    before = port_files(past.out)
    resync(past.root, past.out, "--rev", "main")          # the hunk stays out, and there is nothing more to say
    assert port_files(past.out) == before
    past.decide(both, state="pending", hunks=[], reason="")
    path = past.out / "portkit-sync.toml"
    path.write_text(path.read_text().replace("hunks = []\n", "").replace('reason = ""\n', ""))
    resync(past.root, past.out, "--rev", "main")
    assert "return (EBUSY);" not in (past.out / f"{PORT}/gizmo.c").read_text("latin-1")


def test_hunks_that_a_person_names_stay_out(past: Past, tmp_path: Path) -> None:
    """In the numbers that `git show` prints, context and all."""
    shown = past.repository.git("show", "--format=", past.names[10])
    header = next(line for line in shown.splitlines() if line.startswith("@@"))
    past.decide(past.names[10], state="partly", hunks=["sys/dev/gizmo/gizmo.h " + header[:header.rindex("@@") + 2]])
    resync(past.root, past.out, "--rev", "main")
    same_text(past.out, translated(past, tmp_path,
                                   lambda made: made.edit("gizmo.h", "GIZMO_SLOTS\t32", "GIZMO_SLOTS\t16")))
    assert past.state(past.names[10]) == "partly"


def test_comments_and_order_in_the_ledger_stay(past: Past) -> None:
    path = past.out / "portkit-sync.toml"
    path.write_text("# Ask Ada before you change this.\n" + path.read_text())
    past.decide(past.names[3], state="ignored", reason="not for illumos")
    path.write_text(path.read_text().replace('state = "ignored"', 'state = "ignored"    # see the list of 2020-02'))
    resync(past.root, past.out, "--rev", "main")
    text = path.read_text()
    assert text.startswith("# Ask Ada before you change this.\n")
    assert 'state = "ignored"    # see the list of 2020-02\n' in text
    assert past.entries()[0]["commit"] == past.names[3], "a person's entry stays where it was put"
    before = text
    resync(past.root, past.out, "--rev", "main")
    assert path.read_text() == before


def test_a_new_translation_does_not_lose_what_the_ledger_decides(past: Past, snapshot: Snapshot) -> None:
    past.decide(past.names[3], state="ignored", reason="not for illumos")
    before = snapshot(past.out)
    result = kit.run("translate", past.root, "--rev", "main", "-m", "gizmo", "-o", past.out)
    assert result.exit_code == 2 and "portkit-sync.toml" in result.stderr and "portkit diff" in result.stderr
    assert snapshot(past.out) == before


# -- one commit ----------------------------------------------------------------------------------------------

def test_one_commit_leaves_the_others_pending(past: Past) -> None:
    resync(past.root, past.out, "--commit", past.names[4])
    text = (past.out / STEPS).read_text()
    assert "value + 44;" in text and "value + 3;" in text
    states = {entry["commit"]: entry["state"] for entry in past.entries()}
    assert states == {name: "applied" if name == past.names[4] else "pending" for name in past.names}


def test_one_commit_first_and_the_rest_later(past: Past, fresh: Path) -> None:
    resync(past.root, past.out, "--commit", past.names[15])
    resync(past.root, past.out, "--commit", past.names[4])
    resync(past.root, past.out, "--rev", past.names[9])         # older than the first of them, which stays in
    assert "A gizmo of ours" in (past.out / f"{PORT}/gizmo.c").read_text("latin-1") and \
        "value + 88" not in (past.out / STEPS).read_text()
    resync(past.root, past.out, "--rev", "main")
    assert port_files(past.out) == port_files(fresh)
    assert {entry["state"] for entry in past.entries()} == {"applied"}


def test_a_conflict_names_its_commit(past: Past, tmp_path: Path) -> None:
    kit.edit(past.out / STEPS, "total_5 = value + 5;", "total_5 = value + 5000;")
    resync(past.root, past.out, "--rev", "main", "--json", tmp_path / "report.json", status=1)
    (conflict,) = json.loads((tmp_path / "report.json").read_text())["conflicts"]
    (cause,) = conflict["causes"]
    assert cause["commits"] == [past.names[5]]
    head = past.repository.git("rev-parse", "main")
    assert f">>>>>>> upstream 13.3-RELEASE ({head[:12]})\n" in (past.out / STEPS).read_text()
    assert f"||||||| upstream 13.2-RELEASE ({past.base[:12]})\n" in (past.out / STEPS).read_text()
    assert [entry["commit"] for entry in past.entries() if entry["state"] == "partly"] == [past.names[5]]


# -- bad input -----------------------------------------------------------------------------------------------

def bad(past: Past, snapshot: Snapshot, said: str, *words: str) -> None:
    before = snapshot(past.out.parent)
    result = resync(past.root, past.out, *words, status=2)
    found = [line for line in result.stderr.splitlines() if not line.startswith("resyncing")]
    assert len(found) == 1 and said in found[0] and "(" in found[0], result.stderr
    assert snapshot(past.out.parent) == before


def test_commits_that_cannot_be_brought(past: Past, snapshot: Snapshot) -> None:
    bad(past, snapshot, "has no commit 0123456789", "--commit", "0123456789")
    bad(past, snapshot, "has no revision nowhere", "--rev", "nowhere")
    bad(past, snapshot, "is part of the port's base", "--commit", past.base)
    bad(past, snapshot, f"bring {past.names[7][:12]} first", "--commit", past.names[22])
    other = past.repository.git("log", "--format=%H", "--grep=none of ours")
    bad(past, snapshot, "touches no file of these drivers", "--commit", other)
    past.decide(past.names[3], state="ignored", reason="not for illumos")
    bad(past, snapshot, "is ignored: not for illumos", "--commit", past.names[3])


def test_a_commit_that_is_in_already(past: Past, snapshot: Snapshot) -> None:
    resync(past.root, past.out, "--commit", past.names[0])
    bad(past, snapshot, "is in the port already", "--commit", past.names[0])


def test_an_older_revision(past: Past, snapshot: Snapshot) -> None:
    resync(past.root, past.out, "--rev", past.names[5])
    bad(past, snapshot, f"{past.names[3]} is older than 13.2-RELEASE ({past.names[5][:12]})", "--rev", past.names[3])


def test_an_entry_for_a_commit_that_there_is_not(past: Past, snapshot: Snapshot) -> None:
    past.decide("0123456789abcdef", state="ignored", reason="no")
    line = (past.out / "portkit-sync.toml").read_text().split("[[change]]")[0].count("\n") + 1
    bad(past, snapshot, f"portkit-sync.toml:{line}: {past.root} has no commit 0123456789abcdef", "--rev", "main")


def test_a_repository_that_does_not_know_the_base(past: Past, tmp_path: Path, snapshot: Snapshot) -> None:
    repository = Repository(kit.upstream(tmp_path / "strange", steps=3))
    repository.commit("another history")
    past.repository = repository
    bad(past, snapshot, f"holds neither commit {past.base[:12]}", "--rev", "main")


def test_a_work_tree_that_is_dirty(tmp_path: Path, snapshot: Snapshot) -> None:
    made = kit.upstream(tmp_path / "tree")
    repository = Repository(made)
    base = repository.commit("gizmo: the base")
    kit.translate(made.root, tmp_path / "out")
    made.edit("steps.c", "value + 3;", "value + 33;")
    bad(Past(repository, base, [], tmp_path / "out"), snapshot, "differs from the commit that is checked out")


def test_one_commit_of_a_tree_without_history(past: Past, tmp_path: Path, snapshot: Snapshot) -> None:
    past.repository = Repository.__new__(Repository)
    past.repository.upstream = kit.upstream(tmp_path / "plain")
    bad(past, snapshot, "has no history that leads back", "--commit", past.names[0])
