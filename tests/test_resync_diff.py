"""`portkit diff` on trees without history: what upstream changes, what a person changed, and both."""
# ruff: noqa: E101  (the drivers below are C: it is indented with tabs)

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import resync_kit as kit
from resync_kit import PORT, Upstream, port_files, resync, translate

from portkit.output import digest
from portkit.report.results import keep, kept
from portkit.resync.lock import read_lock

Snapshot = Callable[[Path], dict[str, bytes | str]]
STEPS = f"{PORT}/steps.c"


@pytest.fixture
def made(tmp_path: Path) -> Upstream:
    return kit.upstream(tmp_path / "tree")


@pytest.fixture
def out(made: Upstream, tmp_path: Path) -> Path:
    """A port of it, after which upstream goes on to the next release."""
    translate(made.root, tmp_path / "out")
    made.version(1302001, "13.3")
    return tmp_path / "out"


def fresh(made: Upstream, tmp_path: Path) -> Path:
    shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
    translate(made.root, tmp_path / "fresh")
    return tmp_path / "fresh"


def report(tree: Path, out: Path, *more: str | Path, status: int = 0) -> dict:
    place = out.parent / "report.json"
    resync(tree, out, "--json", place, *more, status=status)
    return json.loads(place.read_text())


def text(out: Path, name: str = STEPS) -> str:
    return (out / name).read_text("latin-1")


# -- the lock ------------------------------------------------------------------------------------------------

def test_the_lock_says_what_the_port_came_from(made: Upstream, out: Path) -> None:
    data = json.loads((out / ".portkit/lock.json").read_text())
    assert data["upstream"] == data["base"] == {"revision": "13.2-RELEASE", "freebsd_version": 1302000, "commit": None}
    assert data["modules"] == ["gizmo"] and data["portkit"]
    assert set(data["source"]) == {"sys/dev/gizmo/gizmo.c", "sys/dev/gizmo/gizmo.h", "sys/dev/gizmo/steps.c",
                                   "sys/modules/gizmo/Makefile"}
    assert data["source"]["sys/dev/gizmo/gizmo.h"] == digest((made.root / "sys/dev/gizmo/gizmo.h").read_bytes())
    assert data["emitted"][STEPS] == {"sha256": digest((out / STEPS).read_bytes()), "from": "sys/dev/gizmo/steps.c"}


def test_the_lock_keeps_the_text_as_it_left_portkit(out: Path) -> None:
    before = (out / STEPS).read_bytes()
    (out / STEPS).write_bytes(b"mine\n")
    assert read_lock(out).emitted[STEPS] == before


def test_the_same_input_gives_the_same_lock(made: Upstream, tmp_path: Path) -> None:
    for name in ("one", "two"):
        translate(made.root, tmp_path / name)
    one, two = ({str(path.relative_to(tmp_path / name)): path.read_bytes()
                 for path in (tmp_path / name).rglob("*") if path.is_file()} for name in ("one", "two"))
    assert one == two and ".portkit/lock.json" in one


def test_translate_names_the_way_to_keep_hand_edits(made: Upstream, out: Path, snapshot: Snapshot) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    before = snapshot(out)
    result = kit.run("translate", made.root, "-m", "gizmo", "-o", out)
    assert result.exit_code == 2 and "portkit diff" in result.stderr and STEPS in result.stderr
    assert snapshot(out) == before


def test_translate_again_where_nobody_edited(made: Upstream, out: Path, tmp_path: Path) -> None:
    made.edit("steps.c", "value + 3;", "value + 30;")
    translate(made.root, out)
    assert port_files(out) == port_files(fresh(made, tmp_path))
    assert json.loads((out / ".portkit/lock.json").read_text())["base"]["revision"] == "13.3-RELEASE"


# -- upstream changes, nobody edited -------------------------------------------------------------------------

def renamed(made: Upstream) -> None:
    made.put(stages_c=made.texts["steps.c"], steps_c=None)


def split(made: Upstream) -> None:
    steps = [kit.step(number) for number in range(6)]
    made.put(steps_c=kit.source("Steps of a gizmo.", *steps[:3]), more_c=kit.source("More steps.", *steps[3:]))


CHANGES: dict[str, Callable[[Upstream], None]] = {
    "changed": lambda made: made.edit("steps.c", "value + 3;", "value + 30;"),
    "added": lambda made: made.put(more_c=kit.source("More steps.", kit.step(50))),
    "removed": lambda made: made.put(steps_c=None),
    "renamed": renamed,
    "split": split,
    "header": lambda made: made.edit("gizmo.h", "GIZMO_SLOTS\t16", "GIZMO_SLOTS\t32"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_without_hand_edits_it_is_a_fresh_translation(change: str, made: Upstream, out: Path, tmp_path: Path) -> None:
    CHANGES[change](made)
    found = report(made.root, out)
    assert port_files(out) == port_files(fresh(made, tmp_path))
    assert found["conflicts"] == [] and found["brought"] == ["13.3-RELEASE"]
    assert found["files"]


def test_what_became_of_each_file_is_said(made: Upstream, out: Path) -> None:
    made.put(stages_c=made.texts["steps.c"], steps_c=None, more_c=kit.source("More steps.", kit.step(50)))
    what = {item["path"]: (item["what"], item["before"]) for item in report(made.root, out)["files"]}
    assert what[f"{PORT}/stages.c"] == ("renamed", STEPS)
    assert what[f"{PORT}/more.c"] == ("added", None)
    made.put(more_c=None)
    made.version(1302002, "13.4")
    what = {item["path"]: item["what"] for item in report(made.root, out)["files"]}
    assert what[f"{PORT}/more.c"] == "removed"


def test_nothing_to_do(made: Upstream, out: Path, snapshot: Snapshot) -> None:
    made.version(1302000, "13.2")
    before = snapshot(out)
    found = report(made.root, out)
    assert (found["files"], found["brought"], found["conflicts"]) == ([], [], [])
    assert snapshot(out) == before


def test_new_rules_for_the_same_upstream(made: Upstream, out: Path, tmp_path: Path) -> None:
    rules = tmp_path / "more.toml"
    rules.write_text('''
[[rule]]
id = "louder"
match = 'mtx_unlock($m)'
emit = 'mutex_exit_loudly($m)'
kind = "native"
headers = ["sys/mutex.h"]
freebsd = "mutex(9)"
illumos = "mutex(9F)"
why = "A test wants it louder."
[[rule.example]]
given = "struct mtx; void mtx_unlock(struct mtx *);"
before = "void f(struct mtx *m) { mtx_unlock(m); }"
after = "void f(kmutex_t *m) { mutex_exit_loudly(m); }"
''')
    made.version(1302000, "13.2")
    before = text(out, f"{PORT}/gizmo.c")
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    found = report(made.root, out, "--rules", rules)
    assert found["rules_changed"] and found["brought"] == []
    assert text(out, f"{PORT}/gizmo.c") != before and "mutex_exit_loudly" in text(out)
    assert "value + 33;" in text(out)
    # and the next resync goes on with them, though nobody names them
    made.version(1302001, "13.3")
    found = report(made.root, out)
    assert not found["rules_changed"] and "mutex_exit_loudly" in text(out)


# -- both ----------------------------------------------------------------------------------------------------

def test_edits_elsewhere_stay(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    made.edit("steps.c", "value + 4;", "value + 40;")
    what = {item["path"]: item["what"] for item in report(made.root, out)["files"]}
    assert what[STEPS] == "merged"
    assert "value + 33;" in text(out) and "value + 40;" in text(out) and "<<<<" not in text(out)
    assert kit.run("translate", made.root, "-m", "gizmo", "-o", out).exit_code == 2, "the edit is not known as one"


def test_neighbouring_lines_do_not_conflict(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "total_3 = value + 3;", "total_3 = value + 33;")
    made.edit("steps.c", "sc->table[3 % GIZMO_SLOTS] += total_3;", "sc->table[3 % GIZMO_SLOTS] ^= total_3;")
    report(made.root, out)
    assert "total_3 = value + 33;\n\tsc->table[3 % GIZMO_SLOTS] ^= total_3;" in text(out)


def test_the_same_change_on_both_sides_is_none(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 30;")
    made.edit("steps.c", "value + 3;", "value + 30;")
    report(made.root, out)
    assert kit.run("translate", made.root, "-m", "gizmo", "-o", out).exit_code == 0


def test_a_conflict_keeps_both_sides_and_says_why(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    made.edit("steps.c", "value + 3;", "value + 30;")
    result = resync(made.root, out, status=1)
    block = ("<<<<<<< port\n\ttotal_3 = value + 33;\n||||||| upstream 13.2-RELEASE\n\ttotal_3 = value + 3;\n=======\n"
             "\ttotal_3 = value + 30;\n>>>>>>> upstream 13.3-RELEASE\n")
    assert block in text(out)
    line = text(out)[:text(out).index("<<<<")].count("\n") + 1
    assert f"{out / STEPS}:{line}" in result.output
    shown = [line.split() for line in result.output.splitlines()]
    assert ["-", "total_3", "=", "value", "+", "3;"] in shown and ["+", "total_3", "=", "value", "+", "30;"] in shown
    assert ["+++", "sys/dev/gizmo/steps.c"] in shown


def test_the_report_of_a_conflict(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    made.edit("steps.c", "value + 3;", "value + 30;")
    (found,) = report(made.root, out, status=1)["conflicts"]
    assert (found["file"], found["kind"], found["end"] - found["line"]) == (STEPS, "text", 6)
    (cause,) = found["causes"]
    assert cause["file"] == "sys/dev/gizmo/steps.c"
    assert "-\ttotal_3 = value + 3;\n+\ttotal_3 = value + 30;\n" in cause["hunk"]
    upstream_line = made.texts["steps.c"].split("value + 30;")[0].count("\n") + 1
    assert f"@@ -{upstream_line - 3},7 +{upstream_line - 3},7 @@" in cause["hunk"]
    ledger = (out / "portkit-sync.toml").read_text()
    assert 'state = "partly"' in ledger and f'"{STEPS}:{found["line"]}"' in ledger


def test_a_conflict_is_resolved_before_the_next_resync(made: Upstream, out: Path, snapshot: Snapshot) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    made.edit("steps.c", "value + 3;", "value + 30;")
    resync(made.root, out, status=1)
    before = snapshot(out)
    result = resync(made.root, out, status=2)
    assert f"{STEPS}:" in result.stderr and "conflict" in result.stderr and snapshot(out) == before
    whole = text(out)
    start, end = whole.index("<<<<"), whole.index(">>>>>>> ")
    end = whole.index("\n", end) + 1
    (out / STEPS).write_text(whole[:start] + "\ttotal_3 = value + 3330;\n" + whole[end:])
    made.edit("steps.c", "value + 4;", "value + 40;")
    made.version(1302002, "13.4")
    found = report(made.root, out)
    assert "value + 3330;" in text(out) and "value + 40;" in text(out)
    assert [item["state"] for item in found["ledger"]] == ["applied", "applied"]


def test_an_edit_follows_a_renamed_file(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    renamed(made)
    made.edit("stages.c", "value + 4;", "value + 40;")
    report(made.root, out)
    assert not (out / STEPS).exists()
    assert "value + 33;" in text(out, f"{PORT}/stages.c") and "value + 40;" in text(out, f"{PORT}/stages.c")


def test_edits_follow_functions_that_moved(made: Upstream, out: Path) -> None:
    """Upstream splits a file; one function that moved has edits of both sides, one was taken away by hand."""
    kit.edit(out / STEPS, "total_4 = value + 4;", "total_4 = value + 44;")
    kit.edit(out / STEPS, "total_1 = value + 1;", "total_1 = value + 11;")
    whole = text(out)
    start = whole.index("/*\n * Step 5")
    (out / STEPS).write_text(whole[:start])
    split(made)
    made.edit("more.c", "if (total_4 > 128)", "if (total_4 > 129)")
    found = report(made.root, out)
    more = text(out, f"{PORT}/more.c")
    assert "total_4 = value + 44;" in more and "if (total_4 > 129)" in more
    assert "total_1 = value + 11;" in text(out) and "gizmo_step_4" not in text(out)
    assert "gizmo_step_5" not in more and "gizmo_step_3" in more
    assert {(item["name"], item["to"]) for item in found["moves"]} == {("gizmo_step_4", f"{PORT}/more.c"),
                                                                      ("gizmo_step_5", f"{PORT}/more.c")}
    for name in (STEPS, f"{PORT}/more.c"):
        assert "<<<<" not in text(out, name)


def test_an_edit_follows_a_function_to_another_place_in_its_file(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "total_0 = value + 0;", "total_0 = value + 99;")
    steps = [kit.step(number) for number in range(6)]
    made.put(steps_c=kit.source("Steps of a gizmo.", *steps[1:], steps[0].replace("> 100", "> 101")))
    report(made.root, out)
    found = text(out)
    assert "total_0 = value + 99;" in found and "total_0 > 101" in found and found.count("gizmo_step_0") == 1
    assert found.index("gizmo_step_5") < found.index("gizmo_step_0")


def test_a_moved_function_that_conflicts_does_so_where_it_is_now(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "total_4 = value + 4;", "total_4 = value + 44;")
    split(made)
    made.edit("more.c", "value + 4;", "value + 40;")
    (found,) = report(made.root, out, status=1)["conflicts"]
    assert found["file"] == f"{PORT}/more.c"
    (cause,) = found["causes"]
    assert cause["file"] == "sys/dev/gizmo/more.c" and "+\ttotal_4 = value + 40;" in cause["hunk"]


def test_edits_of_a_file_that_upstream_removed(made: Upstream, out: Path) -> None:
    kit.edit(out / STEPS, "value + 3;", "value + 33;")
    mine = text(out)
    made.put(steps_c=None)
    (found,) = report(made.root, out, status=1)["conflicts"]
    assert found["kind"] == "removed" and mine in text(out)
    assert text(out).startswith("<<<<<<< port\n") and ">>>>>>> upstream 13.3-RELEASE: no such file\n" in text(out)


def test_a_file_that_was_taken_away_by_hand(made: Upstream, out: Path) -> None:
    (out / STEPS).unlink()
    report(made.root, out)
    assert not (out / STEPS).exists(), "upstream did not touch it: it stays away"
    made.edit("steps.c", "value + 3;", "value + 30;")
    made.version(1302002, "13.4")
    (found,) = report(made.root, out, status=1)["conflicts"]
    assert found["kind"] == "deleted" and "value + 30;" in text(out)


def test_a_file_of_the_persons_own_stays(made: Upstream, out: Path) -> None:
    (out / f"{PORT}/notes").write_bytes(b"mine\xff")
    CHANGES["changed"](made)
    report(made.root, out)
    assert (out / f"{PORT}/notes").read_bytes() == b"mine\xff"


def test_results_stay_as_those_of_the_port_before(made: Upstream, out: Path) -> None:
    """What boot found out about drivers is still known, and nobody takes it for a boot of the new text."""
    keep(out, "boot", "gcc", {"runs": [], "aliases": [["gizmo", "bus,1"]]})
    before = kept(out, "boot")
    assert before is not None and before.fresh
    made.edit("steps.c", "value + 4;", "value + 40;")
    resync(made.root, out)
    after = kept(out, "boot")
    assert after is not None and after.data == before.data and not after.fresh


def test_latin_1_and_modes_stay(made: Upstream, out: Path) -> None:
    path = out / f"{PORT}/gizmo.c"
    path.write_bytes(path.read_bytes().replace(b"/*\n", b"/*\n * \xe9dit\xe9.\n", 1))
    path.chmod(0o640)
    made.edit("gizmo.c", "A gizmo\"", "One gizmo\"")
    report(made.root, out)
    assert b" * \xe9dit\xe9.\n" in path.read_bytes() and b"J\xfcrgen" in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_source_map_is_that_of_the_merged_text(made: Upstream, out: Path) -> None:
    from portkit.illumos.sourcemap import SourceMap
    path = out / STEPS
    path.write_text("/* mine */\n/* mine, too */\n" + text(out))
    CHANGES["changed"](made)
    report(made.root, out)
    line = text(out).split("value + 30;")[0].count("\n") + 1
    upstream = made.texts["steps.c"].split("value + 30;")[0].count("\n") + 1
    found = SourceMap.load(out)
    assert found.lookup(STEPS, line) == ("sys/dev/gizmo/steps.c", upstream)
    assert found.lookup(STEPS, 1) is None


# -- --dry-run -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("change", [*CHANGES, "conflict"])
def test_a_dry_run_prints_the_result(change: str, made: Upstream, out: Path, tmp_path: Path,
                                     snapshot: Snapshot) -> None:
    """What it prints, given to patch(1), makes the very files; nothing else happens."""
    kit.edit(out / f"{PORT}/gizmo.c", "turns = ++sc->turns;", "turns = sc->turns += 2;")
    kit.edit(out / STEPS if change == "conflict" else out / f"{PORT}/gizmo.h", *(
        ("value + 3;", "value + 33;") if change == "conflict" else ("protected by lock", "the lock's")))
    CHANGES.get(change, CHANGES["changed"])(made)
    before = snapshot(out)
    printed = resync(made.root, out, "--dry-run", status=1 if change == "conflict" else 0).stdout_bytes
    assert snapshot(out) == before
    shutil.copytree(out, tmp_path / "patched")
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=printed, cwd=tmp_path / "patched",
                          capture_output=True, env={"GIT_CEILING_DIRECTORIES": str(tmp_path), "PATH": "/usr/bin:/bin"},
                          check=False)
    assert done.returncode == 0, done.stderr.decode()
    resync(made.root, out, status=None)

    def shown(place: Path) -> dict[str, bytes]:
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*")
                if path.is_file() and ".portkit" not in path.parts and not path.name.startswith("portkit.")}
    assert shown(tmp_path / "patched") == shown(out)


# -- bad input -----------------------------------------------------------------------------------------------

def no_lock(made: Upstream, out: Path) -> str:
    shutil.rmtree(out / ".portkit")
    return "has no lock"


def newer_lock(made: Upstream, out: Path) -> str:
    path = out / ".portkit/lock.json"
    path.write_text(path.read_text().replace('"portkit": "', '"portkit": "9'))
    return "update portkit"


def newer_schema(made: Upstream, out: Path) -> str:
    path = out / ".portkit/lock.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'))
    return "update portkit"


def broken_lock(made: Upstream, out: Path) -> str:
    path = out / ".portkit/lock.json"
    path.write_text(path.read_text()[:300])
    return "lock.json: is not JSON"


def empty_lock(made: Upstream, out: Path) -> str:
    (out / ".portkit/lock.json").write_text("{}")
    return "restore"


def changed_lock(made: Upstream, out: Path) -> str:
    path = out / f".portkit/emitted/{STEPS}.txt"
    path.write_bytes(path.read_bytes() + b"x")
    return "is not what the lock says"


def lost_text(made: Upstream, out: Path) -> str:
    (out / ".portkit/upstream/sys/dev/gizmo/steps.c.txt").unlink()
    return "is gone"


def broken_record(made: Upstream, out: Path) -> str:
    (out / "portkit.json").write_text("[]")
    return "portkit.json"


def no_module(made: Upstream, out: Path) -> str:
    shutil.rmtree(made.root / "sys/modules/gizmo")
    made.tree.driver("gadget", gadget_c=made.texts["gizmo.c"])
    return "has no kernel module gizmo"


def older(made: Upstream, out: Path) -> str:
    made.version(1301000, "13.1")
    return "13.1-RELEASE is older than 13.2-RELEASE"


def no_tree(made: Upstream, out: Path) -> str:
    shutil.rmtree(made.root / "sys")
    return "is not a FreeBSD source tree"


def no_port(made: Upstream, out: Path) -> str:
    shutil.rmtree(out)
    return "no such folder"


def in_the_way(made: Upstream, out: Path) -> str:
    made.put(more_c=kit.source("More.", kit.step(50)))
    (out / f"{PORT}/more.c").write_text("mine\n")
    return "is there already, and portkit did not write it"


def a_link(made: Upstream, out: Path) -> str:
    (out / STEPS).rename(out / "elsewhere.c")
    (out / STEPS).symlink_to(out / "elsewhere.c")
    return "is no plain file any more"


def does_not_parse(made: Upstream, out: Path) -> str:
    made.put(steps_c="int broken(\n")
    return "steps.c"


def ledger_syntax(made: Upstream, out: Path) -> str:
    with (out / "portkit-sync.toml").open("a") as file:
        file.write("\n[[change]]\nrelease = \n")
    lines = (out / "portkit-sync.toml").read_text().split("\n")
    return f"portkit-sync.toml:{lines.index('release = ') + 1}: not TOML"


def with_entry(text: str, line: int, said: str) -> Callable[[Upstream, Path], str]:
    """An entry with an error in one of its lines."""
    def write(made: Upstream, out: Path) -> str:
        path = out / "portkit-sync.toml"
        above = path.read_text().count("\n") + 1
        path.write_text(path.read_text() + "\n[[change]]\n" + text)
        return f"portkit-sync.toml:{above + line}: {said}"
    write.__name__ = said.split(":")[0].replace(" ", "_")
    return write


BAD = [no_lock, newer_lock, newer_schema, broken_lock, empty_lock, changed_lock, lost_text, broken_record, no_module,
       older, no_tree, no_port, in_the_way, a_link, does_not_parse, ledger_syntax,
       with_entry('release = "13.3"\nstate = "done"\n', 3, "unknown state `done`"),
       with_entry('release = "13.3"\nstate = "ignored"\n', 3, "an ignored change needs a reason"),
       with_entry('release = "13.3"\nstatus = "applied"\n', 3, "unknown key `status`"),
       with_entry('title = "x"\n', 1, "a change has a commit or a release"),
       with_entry('commit = "xyz"\n', 2, "`xyz` is not a commit's name"),
       with_entry('release = "13.3"\ntitle = 3\n', 3, "`title` is a text"),
       with_entry('release = "13.3"\nfiles = "a"\n', 3, "`files` is a list of texts"),
       with_entry('release = "13.3"\nstate = "partly"\n', 3, "a change that is partly applied names the hunks"),
       with_entry('commit = "0123456789"\nstate = "partly"\nhunks = ["steps.c"]\n', 4, "`steps.c` is not a hunk"),
       with_entry('release = "13.3"\n\n[[change]]\nrelease = "13.3"\n', 4, "13.3 stands in line"),
       with_entry('release = "13.3-RELEASE"\nstate = "deferred"\n', 1, "13.3-RELEASE is deferred"),
       with_entry('release = "13.2.5"\nstate = "deferred"\n', 1, "13.2.5 is deferred, and 13.3-RELEASE holds"),
       with_entry('commit = "0123456789"\nstate = "deferred"\n', 1, "keeps commit 0123456789 out")]


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_input_is_one_line_and_changes_nothing(spoil: Callable[[Upstream, Path], str], made: Upstream, out: Path,
                                                   snapshot: Snapshot) -> None:
    CHANGES["changed"](made)
    said = spoil(made, out)
    before = snapshot(out.parent)
    result = resync(made.root, out, status=2)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("resyncing")]
    assert len(lines) == 1 and said in lines[0], result.stderr
    assert "(" in lines[0], "no way out is named"
    assert result.stdout == "" and snapshot(out.parent) == before


def test_out_that_changes_meanwhile_is_left_alone(made: Upstream, out: Path) -> None:
    from portkit.errors import PortkitError
    from portkit.resync.resync import resync as merge
    CHANGES["changed"](made)
    result = merge(out, made.root)
    kit.edit(out / STEPS, "value + 5;", "value + 55;")
    before = text(out)
    with pytest.raises(PortkitError, match="was changed while portkit worked on it"):
        result.install()
    assert text(out) == before and [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []
