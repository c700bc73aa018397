"""`portkit diff --from --to --port`: upstream's changes carried into a port that somebody wrote by hand.

A made-up driver and a hand port of it always run; PORTKIT_FREEBSD (two releases, with ':' between) and PORTKIT_GATE add
the hand port of a real gate.  `pytest -s` prints the counts.

How a place is checked, by other means than those that found it: the function that an edit lies in has the name of the
function that upstream changed; what is taken away are words that upstream takes away there; a line beside the edit is a
line beside upstream's change.  And the other way: where the functions that changes went into are scrambled, nothing of
it goes in anywhere.
"""
# ruff: noqa: E101  (the drivers below are C: they are indented with tabs)

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import resync_kit as kit
from click.testing import Result

from portkit.resync import foreign
from portkit.resync.moves import blocks
from portkit.resync.textmerge import lines, unified

MORE = """
/*
 * The wheel that was tured last.
 */
static uint32_t
gizmo_wheel(struct gizmo_softc *sc, uint32_t turns)
{
	uint32_t wheel;

	wheel = turns % GIZMO_SLOTS;
	if (wheel == 0)
		return wheel;
	sc->table[wheel]++;
	return wheel;
}

/*
 * Hands the wheel to whoever waits.
 */
uint32_t
gizmo_hand_over(struct gizmo_softc *sc, uint32_t turns)
{
	uint32_t wheel, handed;

	wheel = gizmo_wheel(sc, turns);
	handed = wheel + turns;
	mtx_lock(&sc->lock);
	sc->turns += handed;
	mtx_unlock(&sc->lock);
	return (handed);
}
"""
# By hand: other files, other names, other lines, illumos' own calls, a debug message, steps 4 and 5 left out.
HAND_H = """/*
 * Turner: a gizmo for illumos.
 */
#ifndef _TR_IMPL_H
#define	_TR_IMPL_H

#define	GIZMO_SLOTS	16

struct gizmo_softc {
	dev_info_t	*dip;
	kmutex_t	lock;
	kstat_t		*stats;
	uint32_t	turns;		/* protected by lock */
	uint64_t	*table;
};

#endif	/* _TR_IMPL_H */
"""


def hand_step(number: int, note: str = "") -> str:
    return f"""/* Step {number}: see the manual. */
uint32_t
gizmo_step_{number}(struct gizmo_softc *sc, uint32_t value)
{{
	uint32_t total_{number};

	mutex_enter(&sc->lock);
{note}	total_{number} = value + {number};
	sc->table[{number} % GIZMO_SLOTS] += total_{number};
	if (total_{number} > {number * 7 + 100})
		sc->turns++;
	mutex_exit(&sc->lock);
	return (total_{number});
}}

"""


HAND_HEAD = """/*
 * Turner.
 */
#include <sys/types.h>
#include <sys/ksynch.h>
#include <sys/sunddi.h>
#include "tr_impl.h"

"""
HAND_STEPS = HAND_HEAD + hand_step(3) + hand_step(0) + """/* The wheel that was turned last. */
static uint32_t
tr_wheel_of(struct gizmo_softc *sc, uint32_t turns)
{
	uint32_t wheel;

	wheel = turns % GIZMO_SLOTS;
	if (wheel == 0)
		return (wheel);
	sc->table[wheel]++;
	return (wheel);
}

/*
 * Hands the wheel to
 * whoever waits.
 */
uint32_t
gizmo_hand_over(struct gizmo_softc *sc,
    uint32_t turns)
{
	uint32_t wheel, handed;

	wheel = tr_wheel_of(sc, turns);
	handed = wheel + turns;
	mutex_enter(&sc->lock);
	sc->turns += handed;
	mutex_exit(&sc->lock);
	return (handed);
}
"""
HAND_MORE = HAND_HEAD + hand_step(1) + hand_step(2, "	dev_err(sc->dip, CE_NOTE, \"two\");\n")
PORT = {"common/tr_impl.h": HAND_H, "tr_steps.c": HAND_STEPS, "tr_more.c": HAND_MORE, "README": "By hand.\n"}


class Trees:
    """Upstream before and after, and the port."""

    def __init__(self, place: Path) -> None:
        self.old, self.new = kit.upstream(place / "old"), kit.upstream(place / "new")
        for tree in (self.old, self.new):
            tree.put(steps_c=tree.texts["steps.c"] + MORE)
        self.new.version(1400000, "14.0")
        self.port = place / "turner"
        for name, text in PORT.items():
            (self.port / name).parent.mkdir(parents=True, exist_ok=True)
            (self.port / name).write_text(text)

    def change(self, before: str, after: str, name: str = "steps.c") -> None:
        self.new.edit(name, before, after)

    def run(self, *more: str | Path, status: int = 0) -> Result:
        result = kit.run("diff", "--from", self.old.root, "--to", self.new.root, "--port", self.port, *more)
        assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exc_info
        assert result.exit_code == status, result.output
        return result

    def report(self, status: int = 0) -> dict[str, Any]:
        self.run("--json", self.port.parent / "r.json", status=status)
        found: dict[str, Any] = json.loads((self.port.parent / "r.json").read_text())
        return found

    def texts(self) -> dict[str, str]:
        return {str(path.relative_to(self.port)): path.read_text() for path in sorted(self.port.rglob("*"))
                if path.is_file()}


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path)


def states(report: dict[str, Any]) -> list[str]:
    return [hunk["state"] for hunk in report["hunks"]]


def expect(trees: Trees, **changed: tuple[str, str]) -> None:
    """The port is as it was, but for these replacements (`tr_steps_c` is tr_steps.c)."""
    want = dict(PORT)
    for key, (before, after) in changed.items():
        name = ".".join(key.rsplit("_", 1))
        name = next(path for path in want if path.endswith(name))
        assert want[name].count(before) == 1
        want[name] = want[name].replace(before, after)
    assert trees.texts() == want


# -- what goes in --------------------------------------------------------------------------------------------

def test_a_changed_line_goes_into_its_function(trees: Trees) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    assert states(trees.report()) == ["applied"]
    expect(trees, tr_more_c=("total_1 = value + 1;", "total_1 = value + 10;"))


def test_text_that_is_laid_out_differently_is_found(trees: Trees) -> None:
    trees.change("	handed = wheel + turns;\n", "	handed = wheel + 2 * turns;\n	handed %= GIZMO_SLOTS;\n")
    assert states(trees.report()) == ["applied"]
    expect(trees, tr_steps_c=("	handed = wheel + turns;\n",
                              "	handed = wheel + 2 * turns;\n	handed %= GIZMO_SLOTS;\n"))


def test_freebsd_idiom_goes_in_translated(trees: Trees) -> None:
    trees.change("	sc->turns += handed;\n	mtx_unlock(&sc->lock);\n",
                 "	sc->turns += handed;\n	mtx_unlock(&sc->lock);\n	mtx_lock(&sc->lock);\n"
                 "	sc->turns -= wheel;\n	mtx_unlock(&sc->lock);\n")
    report = trees.report()
    assert states(report) == ["applied"] and report["hunks"][0]["as"] == ["translated"]
    expect(trees, tr_steps_c=("	sc->turns += handed;\n	mutex_exit(&sc->lock);\n",
                              "	sc->turns += handed;\n	mutex_exit(&sc->lock);\n	mutex_enter(&sc->lock);\n"
                              "	sc->turns -= wheel;\n	mutex_exit(&sc->lock);\n"))


def test_a_function_of_another_name_is_known_by_its_text(trees: Trees) -> None:
    trees.change("	sc->table[wheel]++;\n", "	sc->table[wheel] += 2;\n")
    assert states(trees.report()) == ["applied"]
    expect(trees, tr_steps_c=("	sc->table[wheel]++;\n", "	sc->table[wheel] += 2;\n"))


def test_part_of_a_line_goes_in_where_the_rest_is_the_ports_own(trees: Trees) -> None:
    more = trees.port / "tr_more.c"
    more.write_text(HAND_MORE.replace("	if (total_1 > 107)\n", "	if (total_1 > 107 && TR_DEBUG)\n"))
    trees.change("	sc->table[1 % GIZMO_SLOTS] += total_1;\n	if (total_1 > 107)",
                 "	sc->table[1 % GIZMO_SLOTS] += total_1;\n	if (value + total_1 > 107)")
    assert states(trees.report()) == ["applied"]
    assert "	if (value + total_1 > 107 && TR_DEBUG)\n" in more.read_text()


def test_a_member_and_its_use_go_in_together(trees: Trees) -> None:
    trees.change("	uint64_t	*table;\n", "	uint64_t	*table;\n	uint32_t	 last;\n", "gizmo.h")
    trees.change("	handed = wheel + turns;\n", "	handed = wheel + turns;\n	sc->last = handed;\n")
    assert states(trees.report()) == ["applied", "applied"]
    texts = trees.texts()
    assert "	uint64_t	*table;\n	uint32_t	 last;\n};" in texts["common/tr_impl.h"]
    assert "	handed = wheel + turns;\n	sc->last = handed;\n" in texts["tr_steps.c"]


def test_what_is_there_already_is_left_alone(trees: Trees) -> None:
    trees.change("The wheel that was tured last.", "The wheel that was turned last.")
    report = trees.report()
    assert states(report) == ["there"]
    expect(trees)


def test_a_second_time_nothing_is_left_to_do(trees: Trees) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    trees.change("	uint64_t	*table;\n", "	uint64_t	*table;\n	uint32_t	 last;\n", "gizmo.h")
    trees.change("	handed = wheel + turns;\n", "	handed = wheel + turns;\n	sc->last = handed;\n")
    assert set(states(trees.report())) == {"applied"}
    once = trees.texts()
    assert set(states(trees.report())) == {"there"}
    assert trees.texts() == once


# -- what does not -------------------------------------------------------------------------------------------

def test_where_the_port_says_something_else_upstream_is_shown_beside_it(trees: Trees) -> None:
    more = trees.port / "tr_more.c"
    more.write_text(HAND_MORE.replace("total_1 = value + 1;", "total_1 = value + tr_bonus(sc);"))
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    result = trees.run(status=1)
    line = more.read_text().split("\n").index("	total_1 = value + tr_bonus(sc);") + 1
    shown = re.search(rf"{re.escape(str(more))}:(\d+)", result.output)
    assert shown and abs(int(shown.group(1)) - line) <= 2, result.output
    assert "total_1 = value + 10;" in result.output and "tr_bonus(sc)" in result.output
    assert "tr_bonus(sc)" in more.read_text()


def test_a_function_that_the_port_left_out_is_no_place_for_its_twin(trees: Trees) -> None:
    trees.change("total_4 = value + 4;", "total_4 = value + 40;")
    assert states(trees.report(status=1)) == ["absent"]
    expect(trees)


def test_a_use_does_not_go_in_without_what_it_uses(trees: Trees) -> None:
    header = trees.port / "common/tr_impl.h"
    header.write_text(HAND_H.replace("struct gizmo_softc {", "typedef struct turner {").replace("};", "} turner_t;"))
    trees.change("	uint64_t	*table;\n", "	uint64_t	*table;\n	uint32_t	 last;\n", "gizmo.h")
    trees.change("	handed = wheel + turns;\n", "	handed = wheel + turns;\n	sc->last = handed;\n")
    report = trees.report(status=1)
    assert "applied" not in states(report)
    assert any("last" in (hunk["reason"] or "") for hunk in report["hunks"])
    assert trees.texts()["tr_steps.c"] == HAND_STEPS


def test_what_opens_does_not_go_in_without_what_closes(trees: Trees) -> None:
    """Two hunks, for there is much between them in the function."""
    body = "".join(f"	sc->table[{number}] += handed;\n" for number in range(8))
    for text in (trees.old, trees.new):
        text.edit("steps.c", "	handed = wheel + turns;\n", "	handed = wheel + turns;\n" + body)
    steps = trees.port / "tr_steps.c"
    mine = HAND_STEPS.replace("	handed = wheel + turns;\n", "	handed = wheel + turns;\n" + body)
    steps.write_text(mine.replace("	sc->table[7] += handed;\n	mutex_enter", "	tr_seven(sc);\n	mutex_enter"))
    trees.change("	handed = wheel + turns;\n", "	handed = wheel + turns;\n	if (handed > 2) {\n")
    trees.change("	sc->table[7] += handed;\n	mtx_lock", "	sc->table[7] += handed;\n	}\n	mtx_lock")
    assert "applied" not in states(trees.report(status=1))
    assert "if (handed > 2)" not in steps.read_text()


def test_a_static_function_that_nothing_uses_stays_out(trees: Trees) -> None:
    trees.change("/*\n * Hands the wheel", "static uint32_t\ngizmo_idle(uint32_t turns)\n{\n"
                 "	return (turns + 1);\n}\n\n/*\n * Hands the wheel")
    assert "applied" not in states(trees.report(status=1))
    expect(trees)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_scrambled_counterparts_take_nothing_and_their_twins_neither(trees: Trees, number: int) -> None:
    """All steps read alike: where the right one is not to be recognised, no other one is taken for it."""
    for path in (trees.port / "tr_steps.c", trees.port / "tr_more.c"):
        text = path.read_text()
        found = re.search(rf"^gizmo_step_{number}\(.*?^}}\n", text, re.M | re.S)
        if found:
            head = found.group().split("{")[0]
            path.write_text(text.replace(found.group(), head + "{\n	return (tr(sc, value));\n}\n"))
    before = trees.texts()
    trees.change(f"total_{number} = value + {number};", f"total_{number} = value + {number}0;")
    trees.change(f"	sc->table[{number} % GIZMO_SLOTS] +=", f"	sc->table[{number} % 8] +=")
    assert "applied" not in states(trees.report(status=1))
    assert trees.texts() == before


def test_every_edit_is_where_upstreams_change_is(trees: Trees) -> None:
    for number in range(6):
        trees.change(f"total_{number} = value + {number};", f"total_{number} = value + {number}0;")
        trees.change(f"	if (total_{number} > {number * 7 + 100})\n", f"	if (total_{number} > {number * 7 + 101})\n")
    before = trees.texts()
    report = trees.report(status=1)
    assert Counter(states(report)) == {"applied": 4, "absent": 2}
    assert misplaced(report, before, trees.old.root, trees.new.root) == []


# -- the command ---------------------------------------------------------------------------------------------

def test_dry_run_prints_a_patch_and_changes_nothing(trees: Trees, tmp_path: Path) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    trees.change("	uint64_t	*table;\n", "	uint64_t	*table;\n	uint32_t	 last;\n", "gizmo.h")
    shutil.copytree(trees.port, tmp_path / "copy")
    kept = kit.run("diff", "--from", trees.old.root, "--to", trees.new.root, "--port", trees.port, "--dry-run")
    assert kept.exit_code == 0
    expect(trees)
    (tmp_path / "p.diff").write_text(kept.stdout)
    subprocess.run(["git", "apply", "--unsafe-paths", f"--directory={tmp_path / 'copy'}", tmp_path / "p.diff"],
                   check=True, cwd=tmp_path)
    trees.report()
    after = trees.texts()
    assert after != PORT
    assert {str(path.relative_to(tmp_path / "copy")): path.read_text() for path in (tmp_path / "copy").rglob("*")
            if path.is_file()} == after


def test_upstream_and_other_files_of_the_port_are_not_touched(trees: Trees) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    (trees.port / "tr_more.c").chmod(0o640)
    before = trees.old.tree.state(), trees.new.tree.state()
    inode = (trees.port / "README").stat().st_ino
    trees.report()
    assert (trees.old.tree.state(), trees.new.tree.state()) == before
    assert (trees.port / "README").stat().st_ino == inode
    assert (trees.port / "tr_more.c").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in trees.port.parent.iterdir()) == ["new", "old", "r.json", "turner"]


def test_the_same_upstream_changes_nothing(trees: Trees) -> None:
    report = trees.report()
    assert report["hunks"] == [] and report["changed"] == []
    expect(trees)


@pytest.mark.parametrize("words, said", [
    (("--from", "{old}", "--to", "{new}", "--port", "{none}"), "no such folder"),
    (("--from", "{none}", "--to", "{new}", "--port", "{port}"), "no such folder"),
    (("--from", "{old}", "--to", "{none}", "--port", "{port}"), "no such folder"),
    (("--from", "{old}", "--to", "{new}", "--port", "{empty}"), "holds no C source"),
    (("--from", "{old}", "--to", "{new}", "--port", "{strange}"), "upstream does not explain this port"),
    (("--from", "{new}", "--to", "{old}", "--port", "{port}"), "is older than"),
    (("--from", "{old}", "--to", "{new}"), "--from needs the port's folder"),
    (("--from", "{old}", "--to", "{new}", "--port", "{port}", "-o", "x"), "do not go with it"),
    (("--from", "{old}", "--to", "{new}", "--port", "{new}/sys/dev/gizmo"), "lies inside the FreeBSD tree"),
    (("--from", "{old}", "--to", "{new}", "--port", "{port}/README"), "is a file"),
])
def test_bad_input_is_one_line_and_changes_nothing(trees: Trees, tmp_path: Path, words: tuple[str, ...],
                                                   said: str) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    (tmp_path / "empty").mkdir()
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange/other.c").write_text("".join(f"int\nother_{number}(void)\n{{\n	return (0);\n}}\n"
                                                      for number in range(9)))
    places = {"old": trees.old.root, "new": trees.new.root, "port": trees.port, "none": tmp_path / "none",
              "empty": tmp_path / "empty", "strange": tmp_path / "strange"}
    result = kit.run("diff", *(word.format(**places) for word in words))
    assert result.exit_code == 2 and said in result.stderr, result.output
    assert len([line for line in result.stderr.splitlines() if line.startswith("portkit: ")]) == 1
    expect(trees)


def test_a_tree_that_cannot_be_translated_is_compared_as_it_is(trees: Trees) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    trees.new.tree.write({kit.MAKEFILE: "KMOD= gizmo\nSRCS= steps.c nowhere.c\n.include <bsd.kmod.mk>\n"})
    report = trees.report()
    assert states(report) == ["applied"] and report["notes"]
    expect(trees, tr_more_c=("total_1 = value + 1;", "total_1 = value + 10;"))


# -- the check of the places ---------------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z_]\w{2,}")


def function_at(text: str, line: int) -> str:
    """The function that a line (from 0) is in; '' outside of one."""
    all_ = text.split("\n")
    for number in range(min(line, len(all_) - 1), -1, -1):
        if all_[number].startswith("}") and number < line:
            return ""
        found = re.match(r"(?:[A-Za-z_][\w \t*]*[ \t*])?([A-Za-z_]\w*)\(", all_[number])
        if found and not all_[number].rstrip().endswith(";") and "{\n" in "\n".join(all_[number:number + 6]):
            return found.group(1)
    return ""


def misplaced(report: dict[str, Any], before: dict[str, str], old: Path, new: Path,
              renamed: dict[str, str] | None = None) -> list[str]:
    """Edits that are not where upstream's change is, each with what is wrong."""
    out = []
    for hunk in report["hunks"]:
        if hunk["state"] != "applied":
            assert not hunk["edits"]
            continue
        numbers = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)", hunk["hunk"])
        assert numbers is not None
        texts = [(tree / hunk["file"]).read_text(encoding="latin-1") for tree in (old, new)]
        at = [int(numbers.group(1)) - (numbers.group(2) != "0"), int(numbers.group(3)) - 1]
        places: set[str] = set()
        gone: list[str] = []
        context: list[set[str]] = []
        for line in hunk["text"].split("\n")[:-1]:
            if line[0] == "-":
                places.add(function_at(texts[0], at[0]))
                gone.append(line[1:])
            elif line[0] == "+":
                places.add(function_at(texts[1], at[1]))
            if line[0] != "+":
                context.append(set(_NAME.findall(line)))
            at[0] += line[0] in " -"
            at[1] += line[0] in " +"
        for edit in hunk["edits"]:
            text = before[edit["file"]]
            start = text[:edit["start"]].count("\n")
            end = text[:edit["end"]].count("\n") - (text[edit["end"] - 1:edit["end"]] == "\n" and
                                                    edit["end"] > edit["start"])
            here = function_at(text, start if edit["end"] > edit["start"] else start - 1)
            if (renamed or {}).get(here, here) not in places:
                out.append(f"{hunk['file']} {hunk['hunk']}: in {here}, not in {places}")
            taken = _NAME.findall(text[edit["start"]:edit["end"]])
            known = set(_NAME.findall("\n".join(gone)))
            if sum(name in known for name in taken) < 0.8 * len(taken):
                out.append(f"{hunk['file']} {hunk['hunk']}: takes away {taken}")
            around = text.split("\n")
            around = [*(around[:start][-6:]), *around[max(end, start):][:7]]
            beside = [set(_NAME.findall(line)) for line in around]
            if not any(2 * len(one & other) >= len(one | other) > 0 for one in beside for other in context):
                out.append(f"{hunk['file']} {hunk['hunk']}: no line beside it in {edit['file']} is upstream's")
    return out


def test_the_check_finds_a_wrong_place(trees: Trees) -> None:
    trees.change("total_1 = value + 1;", "total_1 = value + 10;")
    before = trees.texts()
    report = trees.report()
    edit = report["hunks"][0]["edits"][0]
    assert misplaced(report, before, trees.old.root, trees.new.root) == []
    text = before[edit["file"]]
    edit["start"] = text.index("	total_2 = value + 2;")
    edit["end"] = edit["start"] + 22
    assert misplaced(report, before, trees.old.root, trees.new.root)


# -- a real hand port ----------------------------------------------------------------------------------------

MODULES = """
[[module]]
name = "hyperv"
kind = "misc"
sources = ["vmbus/hyperv_busdma.c", "vmbus/hyperv.c", "vmbus/amd64/hyperv_machdep.c"]
include_dirs = ["."]

[[module]]
name = "hv_vmbus"
kind = "drv"
sources = ["utilities/vmbus_ic.c", "vmbus/vmbus.c", "vmbus/vmbus_xact.c", "vmbus/vmbus_br.c", "vmbus/vmbus_chan.c"]
include_dirs = ["."]
depends_on = ["misc/hyperv"]
""" + "".join(f"""
[[module]]
name = "{name}"
kind = "drv"
sources = {json.dumps(sources)}
include_dirs = [".", "storvsc", "netvsc"]
depends_on = {json.dumps(["misc/hyperv", "drv/hv_vmbus", *needs])}
""" for name, sources, needs in (
    ("hv_heartbeat", ["utilities/vmbus_heartbeat.c"], []),
    ("hv_shutdown", ["utilities/vmbus_shutdown.c"], []),
    ("hv_timesync", ["utilities/vmbus_timesync.c"], []),
    ("hv_kvp", ["utilities/hv_kvp.c"], []),
    ("hv_storvsc", ["storvsc/hv_storvsc_drv_illumos.c"], ["misc/scsi"]),
    ("hv_netvsc", [f"netvsc/{name}.c" for name in ("hn_gld", "hn_nvs", "hn_rndis", "if_hn", "subr_bufring")],
     ["misc/mac"])))


class Real:
    def __init__(self, old: Path, new: Path, gate: Path, place: Path) -> None:
        self.old, self.new, self.gate, self.place = old, new, gate, place
        self.source = gate / "usr/src/uts/intel/io/hyperv"
        self.emitted: dict[Path, dict[str, foreign.Emitted]] = {}

    def copy(self, name: str) -> Path:
        shutil.copytree(self.source, self.place / name)
        return self.place / name

    def carry(self, port: Path, monkeypatch: pytest.MonkeyPatch) -> foreign.Foreign:
        """As the command does, each tree translated once for all tests."""
        translated = foreign._emitted
        monkeypatch.setattr(foreign, "_emitted", lambda tree, *rest: self.emitted.get(tree.root) or
                            self.emitted.setdefault(tree.root, translated(tree, *rest)))
        return foreign.carry(port, self.old, self.new)

    def compiled(self, port: Path) -> list[dict[str, Any]]:
        (self.place / "modules.toml").write_text(MODULES)
        result = kit.run("compile", "--source", port, "--modules", self.place / "modules.toml", "--gate", self.gate,
                         "--json", self.place / "compile.json")
        assert result.exit_code in (0, 1), result.output
        found: list[dict[str, Any]] = json.loads((self.place / "compile.json").read_text())["modules"]
        return found


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    from portkit.upstream import Tree
    trees = [Path(place) for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]
    gates = [Path(place) for place in os.environ.get("PORTKIT_GATE", "").split(":") if place]
    gates = [gate for gate in gates if (gate / "usr/src/uts/intel/io/hyperv/netvsc").is_dir()]
    if len(trees) < 2 or not gates:
        pytest.skip("PORTKIT_FREEBSD names no two FreeBSD trees, or PORTKIT_GATE no gate with such a port")
    trees.sort(key=lambda tree: Tree.open(tree).freebsd_version)
    return Real(trees[0], trees[-1], gates[0], tmp_path_factory.mktemp("real"))


def test_the_hand_port_of_a_gate(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    port = real.copy("port")
    before = {str(path.relative_to(port)): path.read_text(encoding="latin-1") for path in port.rglob("*.[ch]")}
    result = real.carry(port, monkeypatch)
    report = result.to_json()
    count = result.count
    folders = Counter((hunk["file"].split("/")[3], hunk["state"]) for hunk in report["hunks"])
    comments = sum(1 for hunk in report["hunks"] if hunk["state"] == "applied" and all(
        re.match(r"[-+]\s*(/?\*|$)", line) for line in hunk["text"].split("\n") if line[:1] in ("-", "+")))
    print(f"\n{len(report['hunks'])} hunks in {result.folder}: {count}; of those applied {comments} comments alone")
    for (folder, state), number in sorted(folders.items()):
        print(f"  {folder:10} {state:8} {number}")
    folder = result.folder
    trees = [{path.relative_to(tree / folder): path.read_bytes() for path in (tree / folder).rglob("*.*")}
             for tree in (real.old, real.new)]
    raw = sum(len(unified(lines(data), lines(trees[1][name]))) for name, data in trees[0].items())
    print(f"diff -u shows {raw}: {raw - len(report['hunks'])} expand $FreeBSD$ and change nothing else")
    with_place = count["applied"] + count["there"] + count["left"]
    print(f"with a place in the port {with_place}, carried {count['applied'] + count['there']}")
    wrong = misplaced(report, before, real.old, real.new)
    assert wrong == []
    assert 2 * (count["applied"] + count["there"]) >= with_place
    was = real.compiled(port)
    result.install()
    now = real.compiled(port)
    for old, new in zip(was, now, strict=True):
        assert len(new["errors"]) == len(old["errors"]) == 0, new["errors"]
        assert len(new["warnings"]) <= len(old["warnings"]) and new["undefined"] == old["undefined"]
    again = real.carry(port, monkeypatch)
    assert again.count["applied"] == 0 and again.count["left"] == count["left"]


def test_names_of_files_and_the_order_of_functions_do_not_matter(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    first = real.carry(real.copy("layout"), monkeypatch)
    flat = real.place / "flat"
    flat.mkdir()
    rng = random.Random(5)
    for number, path in enumerate(sorted(real.source.rglob("*.[ch]"))):
        text = lines(path.read_bytes())
        functions = [block for block in blocks(text) if block.kind == "function"]
        out, at = [], 0
        for slot, block in zip(functions, rng.sample(functions, len(functions)), strict=True):
            out += text[at:slot.start] + text[block.start:block.end]
            at = slot.end
        (flat / f"part{number:02}{path.suffix}").write_bytes(b"".join(out + text[at:]))
    before = {path.name: path.read_text(encoding="latin-1") for path in flat.iterdir()}
    second = real.carry(flat, monkeypatch)
    assert second.count == first.count
    assert [(change.file, change.header, change.state) for change in second.changes] == \
        [(change.file, change.header, change.state) for change in first.changes]
    assert misplaced(second.to_json(), before, real.old, real.new) == []


def test_scrambled_functions_of_a_real_port_take_nothing(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block that a change went into is scrambled: that change goes nowhere, the others where they went."""
    port = real.copy("scrambled")
    first = real.carry(port, monkeypatch)
    blocks = {(part.port.name, part.port_block) for change in first.changes if change.state == "applied"
              for part in change.parts if part.edits and part.port is not None and part.port_block is not None
              and part.port_block.kind == "function"}
    assert len(blocks) >= 3
    for name, block in blocks:
        path = port / name
        text = lines(path.read_bytes())
        open_ = text.index(b"{\n", block.start)
        for number in range(open_ + 1, block.end - 1):
            text[number] = re.sub(rb"\b([A-Za-z_]\w*)\b", rb"\1_x", text[number])
        path.write_bytes(b"".join(text))
    second = real.carry(port, monkeypatch)
    names = {block.name for _, block in blocks}
    went = {(change.file, change.header): change for change in first.changes if change.state == "applied"}
    for change in second.changes:
        if change.state != "applied":
            continue
        assert (change.file, change.header) in went and change.function not in names, change.header
        was = went[change.file, change.header]
        assert [(edit.file, edit.text) for part in change.parts for edit in part.edits] == \
            [(edit.file, edit.text) for part in was.parts for edit in part.edits]
