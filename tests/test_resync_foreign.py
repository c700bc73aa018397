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
from portkit.resync.textmerge import diff, lines, unified

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

    def mine(self, before: str, after: str) -> None:
        """A change of the port's, in each file that has the text."""
        paths = [path for path in sorted(self.port.rglob("tr_*")) if before in path.read_text()]
        assert paths
        for path in paths:
            path.write_text(path.read_text().replace(before, after))

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


def replaced(trees: Trees, name: str, *others: int) -> list[str]:
    """Upstream's step 3 no longer sets `name`.  Step 1 does instead, where the port says something else, and so do the
    steps in `others`.  What becomes of the changes to steps 0 to 3."""
    sums = [f"	sc->table[{number} % GIZMO_SLOTS] += total_{number};\n" for number in range(4)]
    for number in range(4):
        before, after = (f"	uint32_t total_{number}{more};\n" for more in ("", ", spare"))
        for text in (trees.old, trees.new):
            text.edit("steps.c", before, after)
        trees.mine(before, after)
    trees.old.edit("steps.c", sums[3], sums[3] + f"	{name} = 3;\n")
    trees.mine(sums[3], sums[3] + f"	{name} = 3;\n")
    trees.mine(sums[1], "	tr_sum(sc, total_1);\n	tr_note(sc);\n")
    for number in (1, *others):
        trees.change(sums[number], sums[number] + f"	{name} = {number};\n")
    hunks = {hunk["function"]: hunk for hunk in trees.report(status=1)["hunks"]}
    return [hunks[f"gizmo_step_{number}"]["state"] if f"gizmo_step_{number}" in hunks else "" for number in range(4)]


def test_a_value_is_not_taken_away_where_what_sets_it_instead_stays_out(trees: Trees) -> None:
    assert replaced(trees, "sc->turns") == ["", "left", "", "left"]
    assert "	sc->turns = 3;\n" in trees.texts()["tr_steps.c"]


def test_a_value_is_taken_away_where_another_hunk_that_sets_it_goes_in(trees: Trees) -> None:
    assert replaced(trees, "sc->turns", 2) == ["", "left", "applied", "applied"]
    texts = trees.texts()
    assert "	sc->turns = 2;\n" in texts["tr_more.c"] and "	sc->turns = 3;\n" not in texts["tr_steps.c"]


def test_a_variable_of_a_function_is_not_set_in_another_one(trees: Trees) -> None:
    """Each has its own of that name: that step 2 sets one says nothing about step 3's."""
    assert replaced(trees, "spare", 2) == ["", "left", "applied", "left"]
    assert "	spare = 3;\n" in trees.texts()["tr_steps.c"]


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


# -- what the port has already, and what is nothing to it -----------------------------------------------------------

CAP = "	if (handed > GIZMO_SLOTS)\n		handed = GIZMO_SLOTS;\n"
SUM = "	handed = wheel + turns;\n"


def test_what_the_port_did_itself_is_there_whatever_stands_beside_it(trees: Trees) -> None:
    trees.mine(SUM, "	handed = tr_sum(wheel, turns);\n" + CAP + "	tr_note(sc);\n")
    trees.change(SUM, SUM + CAP)
    assert states(trees.report()) == ["there"]


def test_a_comment_that_the_port_has_is_there(trees: Trees) -> None:
    said = "	/* The wheel that was turned, and all the turns that it was given so far. */\n"
    trees.mine(SUM, "	tr_note(sc);\n" + said + "	tr_note(sc);\n" + SUM)
    trees.change(SUM, said + SUM)
    assert states(trees.report()) == ["there"]


@pytest.mark.parametrize("mine", ["	tr_note(sc);\n", CAP + "	tr_note(sc);\n" + CAP + "	tr_note(sc);\n",
                                  CAP.replace("= GIZMO", "= 2 * GIZMO")])
def test_what_only_looks_like_it_is_not_there(trees: Trees, mine: str) -> None:
    trees.mine(SUM, "	handed = tr_sum(wheel, turns);\n" + mine)
    trees.change(SUM, SUM + CAP)
    assert states(trees.report(status=1)) == ["left"]


def test_it_is_not_there_while_what_it_took_away_is(trees: Trees) -> None:
    trees.mine(SUM, "	tr_note(sc);\n" + SUM + CAP + "	tr_note(sc);\n")
    trees.change(SUM, CAP)
    assert "there" not in states(trees.report(status=1))


def test_a_statement_that_begins_like_the_next_is_there_until_it_is_taken_away(trees: Trees) -> None:
    gone = "	sc->turns = 3;\n"
    both = gone + "	sc->table[0] += wheel;\n" + SUM
    for text in (trees.old, trees.new):
        text.edit("steps.c", SUM, both)
    trees.mine(SUM, both)
    trees.change(gone, "")
    assert states(trees.report()) == ["applied"]


@pytest.mark.parametrize("call, state", [("tr_free(NULL, sc->turns)", "there"), ("tr_free(NULL, wheel)", "left")])
def test_a_call_of_the_ports_own_may_be_among_what_is_there(trees: Trees, call: str, state: str) -> None:
    body = "	if (handed != 0) {{\n		{};\n		sc->table[0] = handed;\n	}}\n"
    for text in (trees.old, trees.new):
        text.edit("gizmo.h", "struct gizmo_softc {", "void bsd_free(uint32_t);\n\nstruct gizmo_softc {")
    trees.mine(SUM, "	handed = tr_sum(wheel, turns);\n" + body.format(call) + "	tr_note(sc);\n")
    trees.change(SUM, SUM + body.format("bsd_free(sc->turns)"))
    assert states(trees.report(status=state == "left")) == [state]


def test_freebsds_headers_are_nothing_to_a_port(trees: Trees) -> None:
    trees.change("#include <sys/mutex.h>\n", "#include <sys/mutex.h>\n#ifdef RSS\n#include <net/rss.h>\n#endif\n")
    assert states(trees.report()) == ["nothing"]
    expect(trees)


def test_what_only_the_left_out_uses_has_no_place(trees: Trees) -> None:
    trees.change("/*\n * Step 5 of", "static uint32_t gizmo_spare(uint32_t);\n\nstatic uint32_t\n"
                 "gizmo_spare(uint32_t value)\n{\n	return (value + 1);\n}\n\n/*\n * Step 5 of")
    trees.change("total_5 = value + 5;", "total_5 = gizmo_spare(value);")
    report = trees.report(status=1)
    assert set(states(report)) == {"absent"}
    expect(trees)


# -- as the port says it ---------------------------------------------------------------------------------------------

def test_constants_of_another_name_go_in_as_the_port_calls_them(trees: Trees) -> None:
    trees.mine("GIZMO_SLOTS", "TR_SLOTS")
    trees.change("	if (wheel == 0)\n", "	if (wheel == GIZMO_SLOTS - 1)\n")
    assert states(trees.report()) == ["applied"]
    assert "	if (wheel == TR_SLOTS - 1)\n" in trees.texts()["tr_steps.c"]


def test_a_constant_that_the_port_has_two_names_for_stays_out(trees: Trees) -> None:
    trees.mine("GIZMO_SLOTS", "TR_SLOTS")
    steps = trees.port / "tr_steps.c"
    steps.write_text(steps.read_text().replace("0 % TR_SLOTS", "0 % TR_PLACES"))
    trees.change("	if (wheel == 0)\n", "	if (wheel == GIZMO_SLOTS - 1)\n")
    assert states(trees.report(status=1)) == ["left"]


def talking(trees: Trees, mine: str, quiet: str) -> None:
    """Messages in all steps, upstream's and the port's."""
    for text in (trees.old, trees.new):
        text.edit("gizmo.h", "struct gizmo_softc {", "extern int gizmo_loud;\n"
                  "void giz_printf(uint32_t, const char *, ...);\n\nstruct gizmo_softc {")
        for number in range(4):
            text.edit("steps.c", f"	total_{number} = value", f"	giz_printf(sc->turns, \"step {number} of %zu\\n\", "
                      f"value);\n	if (gizmo_loud)\n		giz_printf(sc->turns, \"{number} at %u\\n\", value);\n"
                      f"	total_{number} = value")
    for name in ("tr_steps.c", "tr_more.c"):
        path = trees.port / name
        path.write_text(re.sub(r"\ttotal_(\d) = value", lambda found:
                               f"	{mine}\"step {found.group(1)} of %lu\", value);\n"
                               f"	{quiet}\"{found.group(1)} at %u\", value);\n{found.group()}", path.read_text()))
    trees.change(SUM, SUM + "	giz_printf(sc->turns, \"handed %#x\\n\", handed);\n"
                 "	if (gizmo_loud)\n		giz_printf(sc->turns, \"so %zu\\n\", handed);\n")


def test_messages_go_in_as_the_port_says_them(trees: Trees) -> None:
    talking(trees, "TR_WARN(sc, ", "TR_DEBUG(sc, 3, ")
    assert states(trees.report()) == ["applied"]
    assert SUM + "	TR_WARN(sc, \"handed 0x%x\", handed);\n	TR_DEBUG(sc, 3, \"so %lu\", handed);\n" in \
        trees.texts()["tr_steps.c"]


def test_messages_that_name_what_a_function_has_not_stay_out(trees: Trees) -> None:
    talking(trees, "TR_WARN(tr_unit, ", "TR_DEBUG(tr_unit, 3, ")
    assert states(trees.report(status=1)) == ["left"]


def flagged(trees: Trees) -> None:
    """Upstream has a flag; its change sets nothing by it, but asks for it."""
    for text in (trees.old, trees.new):
        text.edit("gizmo.h", "struct gizmo_softc {", "#define	GIZMO_F_TURBO	0x0001\n\nstruct gizmo_softc {")
        text.edit("steps.c", SUM, "	if (sc->turns & GIZMO_F_TURBO)\n		wheel *= 2;\n" + SUM)
    trees.change(SUM, SUM + "	handed %= GIZMO_SLOTS;\n	if (sc->turns & GIZMO_F_TURBO) {\n		handed++;\n	}\n")


def test_what_stands_under_a_flag_that_the_port_left_out_stays_out(trees: Trees) -> None:
    flagged(trees)
    report = trees.report()
    assert states(report) == ["applied"] and "GIZMO_F_TURBO" in report["hunks"][0]["reason"]
    expect(trees, tr_steps_c=(SUM, SUM + "	handed %= GIZMO_SLOTS;\n"))


def test_a_flag_of_another_name_is_not_left_out(trees: Trees) -> None:
    trees.mine(SUM, "	if (sc->turns & TR_F_TURBO)\n		wheel *= 2;\n" + SUM)
    flagged(trees)
    assert states(trees.report(status=1)) == ["left"]


# -- beside what the port left out -----------------------------------------------------------------------------------

def member(trees: Trees, value: str) -> None:
    """A new member gets a value beside a statement that the port left out, and one that it wrote itself."""
    for text in (trees.old, trees.new):
        text.edit("gizmo.h", "	uint64_t	*table;\n", "	uint32_t	extra;\n	uint64_t	*table;\n")
        text.edit("steps.c", SUM, SUM + "	sc->extra = handed;\n")
    trees.mine(SUM, "	handed = tr_sum(wheel, turns);\n")
    trees.change("	uint64_t	*table;\n", "	uint64_t	*table;\n	uint32_t	last;\n", "gizmo.h")
    trees.change(SUM, SUM + value)


def test_a_new_member_gets_its_value_beside_what_the_port_left_out(trees: Trees) -> None:
    member(trees, "	sc->last = 2;\n")
    assert states(trees.report()) == ["applied", "applied"]
    assert "	handed = tr_sum(wheel, turns);\n	sc->last = 2;\n	mutex_enter(&sc->lock);\n" in \
        trees.texts()["tr_steps.c"]


@pytest.mark.parametrize("value", ["	sc->turns = 2;\n", "	sc->last = gizmo_step_0(sc, 1);\n"])
def test_what_is_not_free_in_its_order_stays_out(trees: Trees, value: str) -> None:
    member(trees, value)
    before = trees.texts()["tr_steps.c"]
    assert "applied" not in states(trees.report(status=1))[1:]
    assert trees.texts()["tr_steps.c"] == before


def rest(trees: Trees, own: str = "") -> None:
    """A function, its call beside a call like it, and a macro of a family that the port has but for one."""
    settle = "static void\ngizmo_settle(struct gizmo_softc *sc)\n{\n	sc->turns |= GIZMO_BIT_A;\n}\n\n"
    for text in (trees.old, trees.new):
        text.edit("gizmo.h", "struct gizmo_softc {", "#define	GIZMO_BIT_A	0x0001\n#define	GIZMO_BIT_B	0x0002\n\n"
                  "struct gizmo_softc {")
        text.edit("steps.c", "/*\n * Hands the wheel", settle + "static void\ngizmo_more(struct gizmo_softc *sc)\n{\n"
                  "	sc->turns++;\n}\n\n/*\n * Hands the wheel")
        text.edit("steps.c", SUM, SUM + "	gizmo_settle(sc);\n	gizmo_more(sc);\n")
    trees.mine("struct gizmo_softc {", f"#define	GIZMO_BIT_A	0x0001\n{own}\nstruct gizmo_softc {{")
    trees.mine("/*\n * Hands the wheel", settle + "static void\ngizmo_more(struct gizmo_softc *sc)\n{\n"
               "	sc->turns++;\n}\n\n/*\n * Hands the wheel")
    trees.mine(SUM, SUM + "	gizmo_settle(sc);\n	tr_note(sc);\n")
    trees.change("#define	GIZMO_BIT_B	0x0002\n", "#define	GIZMO_BIT_B	0x0002\n#define	GIZMO_BIT_C	0x0004\n",
                 "gizmo.h")
    trees.change("static void\ngizmo_more", settle.replace("settle", "rest").replace("BIT_A", "BIT_C") +
                 "static void\ngizmo_more")
    trees.change("	gizmo_settle(sc);\n", "	gizmo_settle(sc);\n	gizmo_rest(sc);\n")


def test_a_new_function_goes_in_with_its_call_and_its_macro(trees: Trees) -> None:
    rest(trees)
    assert states(trees.report()) == ["applied", "applied", "applied"]
    texts = trees.texts()
    assert "#define	GIZMO_BIT_A	0x0001\n#define	GIZMO_BIT_C	0x0004\n" in texts["common/tr_impl.h"]
    assert "	gizmo_settle(sc);\n	gizmo_rest(sc);\n	tr_note(sc);\n" in texts["tr_steps.c"]
    assert "}\n\nstatic void\ngizmo_rest(struct gizmo_softc *sc)\n{\n	sc->turns |= GIZMO_BIT_C;\n}\n\nstatic void\n" \
        "gizmo_more(" in texts["tr_steps.c"]


def test_a_macro_stays_out_where_the_port_has_its_own_in_the_family(trees: Trees) -> None:
    rest(trees, "#define	GIZMO_BIT_TR	0x0004\n")
    before = trees.texts()
    assert "applied" not in states(trees.report(status=1))
    assert trees.texts() == before


# -- against the truth -----------------------------------------------------------------------------------------------

def hand_made(data: bytes) -> bytes:
    """A port's own ways: other names, its own calls for messages, other line breaks."""
    call = rb"if_printf\(sc->hn_ifp, (\"[^\"\n]*)\\n\""
    data = re.sub(rb"\tif \(boothowto & RB_VERBOSE\)\n\t+" + call, rb'\tTR_DEBUG(sc, 3, \1"', data)
    data = re.sub(call, rb'TR_WARN(sc, \1"', data)
    for before, after in ((b"ETHER_ADDR_LEN", b"TR_ADDRL"), (b"GIZMO_SLOTS", b"TR_SLOTS")):
        data = data.replace(before, after)
    return data


def mangled(data: bytes, rng: random.Random, share: float) -> bytes:
    """With functions and plain statements taken out, and others put in."""
    text, out = lines(data), []
    gone = {number for block in blocks(text) if block.kind == "function" and rng.random() < 0.15
            for number in range(block.start, block.end)}
    for number, line in enumerate(text):
        plain = line.startswith(b"\t") and line.rstrip().endswith(b";")
        if number not in gone and not (plain and rng.random() < share):
            out.append(line)
            if plain and rng.random() < share:
                out.append(b"\ttr_own_%d(sc);\n" % rng.randrange(9))
    return b"".join(out)


def strays(before: bytes, after: bytes, truth: bytes) -> list[str]:
    """The lines that came in where they are not to be."""
    was, now, want = lines(before), lines(after), lines(truth)
    brought = {number for hunk in diff(was, now) for number in range(hunk.b0, hunk.b1)}
    return [now[number].decode("latin-1") for hunk in diff(now, want) for number in range(hunk.a0, hunk.a1)
            if number in brought and now[number].strip(b" \t\n{}")]


def against_truth(old: dict[str, bytes], new: dict[str, bytes], place: Path, trees: tuple[Path, Path]) -> int:
    """How many hunks go into the text that `old` became in other hands; all of them where `new` has them."""
    place.mkdir()
    for name, data in old.items():
        (place / name.replace("/", "_")).write_bytes(hand_made(data))
    result = foreign.carry(place, *trees, write=False)
    for name, data in new.items():
        target = name.replace("/", "_")
        if target in result.before:
            assert strays(result.before[target], result.after[target], hand_made(data)) == []
    return result.count["applied"]


def test_all_that_goes_in_is_where_the_new_text_has_it(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        trees.change(f"total_{number} = value + {number};", f"total_{number} = value + {number} % GIZMO_SLOTS;")
        trees.change(f"	if (total_{number} > {number * 7 + 100})\n", f"	if (total_{number} > {number * 7 + 101})\n")
    found: dict[Path, dict[str, bytes]] = {}
    translated = foreign._emitted

    def seen(tree: Any, *rest: Any) -> Any:
        out = translated(tree, *rest)
        found[tree.root] = {name: one.source.data for name, one in out.items()}
        return out

    monkeypatch.setattr(foreign, "_emitted", seen)
    foreign.carry(trees.port, trees.old.root, trees.new.root, write=False)
    old, new = found[trees.old.root], found[trees.new.root]
    assert against_truth(old, new, trees.port.parent / "truth", (trees.old.root, trees.new.root)) == 6
    assert strays(old["sys/dev/gizmo/steps.c"], old["sys/dev/gizmo/steps.c"] + b"int stray;\n",
                  new["sys/dev/gizmo/steps.c"]) == ["int stray;\n"]


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
            if edit["end"] == edit["start"] and text.split("\n")[start - 1].startswith("}"):
                here = ""               # right behind a function is outside of it
            if (renamed or {}).get(here, here) not in places:
                out.append(f"{hunk['file']} {hunk['hunk']}: in {here}, not in {places}")
            taken = _NAME.findall(text[edit["start"]:edit["end"]])
            known = set(_NAME.findall("\n".join(gone).replace("KASSERT", "ASSERT")))
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
    settled = count["applied"] + count["there"] + count["nothing"]
    print(f"of all {len(report['hunks'])}, {settled} want nobody's hand")
    for reason, number in Counter(re.sub(r"(function|macro|table|uses|announces|under|no|sets) \w+$", r"\1 ..",
                                         re.sub(r", which.*", "", hunk["reason"] or ""))
                                  for hunk in report["hunks"] if hunk["state"] in ("absent", "left")).most_common():
        print(f"  {number:3} {reason}")
    wrong = misplaced(report, before, real.old, real.new)
    assert wrong == []
    assert 2 * (count["applied"] + count["there"]) >= with_place
    assert 2 * settled >= len(report["hunks"])
    was = real.compiled(port)
    result.install()
    now = real.compiled(port)
    for old, new in zip(was, now, strict=True):
        assert len(new["errors"]) == len(old["errors"]) == 0, new["errors"]
        assert len(new["warnings"]) <= len(old["warnings"]) and new["undefined"] == old["undefined"]
    again = real.carry(port, monkeypatch)
    assert again.count["applied"] == 0 and again.count["left"] == count["left"]


def texts_of(real: Real, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Both trees, translated."""
    if not real.emitted:
        shutil.rmtree(real.place / "texts", ignore_errors=True)
        real.carry(real.copy("texts"), monkeypatch)
    old, new = ({name: one.source.data for name, one in real.emitted[tree].items()} for tree in (real.old, real.new))
    monkeypatch.setattr(foreign, "_emitted", lambda tree, *rest: real.emitted[tree.root])
    return old, new


def test_all_that_goes_in_by_other_hands_is_where_the_new_text_has_it(real: Real,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    """The translated old driver, changed as a person might, is the port: what is to come out of it is known."""
    old, new = texts_of(real, monkeypatch)
    count = against_truth(old, new, real.place / "truth", (real.old, real.new))
    print(f"\n{count} hunks went into a port whose right answer is known, all of them where it has them")
    assert count >= 30


@pytest.mark.parametrize("seed, share", [(1, 0.05), (6, 0.2)])
def test_so_it_is_where_functions_and_lines_are_missing(real: Real, monkeypatch: pytest.MonkeyPatch, seed: int,
                                                        share: float) -> None:
    """As above, and the port left out functions and statements, and has statements of its own."""
    old, new = texts_of(real, monkeypatch)
    rng = random.Random(seed)
    count = against_truth({name: mangled(data, rng, share) for name, data in sorted(old.items())}, new,
                          real.place / f"mangled{seed}", (real.old, real.new))
    print(f"\n{count} hunks went in, all of them where the new text has them")
    assert count >= 20


def test_a_port_that_has_it_all_is_told_so(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    _, new = texts_of(real, monkeypatch)
    place = real.place / "current"
    place.mkdir()
    for name, data in new.items():
        (place / name.replace("/", "_")).write_bytes(hand_made(data))
    result = foreign.carry(place, real.old, real.new, write=False)
    print(f"\n{result.count}")
    assert result.count["applied"] == 0 and result.after == result.before
    assert result.count["there"] >= 10 * result.count["left"]


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
