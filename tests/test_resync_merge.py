"""The three-way merge of lines, moved blocks, and the ledger's file: each by itself."""
# ruff: noqa: E101  (C text in strings keeps its tabs)

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.resync.history import Change, Texts, carry, hunk_name, selects
from portkit.resync.ledger import Entry, Ledger, load_ledger
from portkit.resync.lock import Revision
from portkit.resync.moves import blocks, follow, renames
from portkit.resync.textmerge import CONFLICT, MINE, THEIRS, Hunk, diff, lines, merge, patch

BASE = Revision("12.1-RELEASE", 1201000, None)


def text(words: str) -> list[bytes]:
    return [word.encode() + b"\n" for word in words.split()]


def merged(base: list[bytes], mine: list[bytes], theirs: list[bytes]) -> list[bytes | tuple]:
    """Lines, and a (base, mine, theirs) for each conflict."""
    out: list[bytes | tuple] = []
    for region in merge(base, mine, theirs):
        if region.kind == CONFLICT:
            out.append((base[slice(*region.base)], mine[slice(*region.mine)], theirs[slice(*region.theirs)]))
        else:
            out += theirs[slice(*region.theirs)] if region.kind == THEIRS else mine[slice(*region.mine)]
    return out


@pytest.mark.parametrize(("mine", "theirs", "wanted"), [
    ("a B c d", "a b C d", "a B C d"),                  # neighbouring lines
    ("a x b c d", "a b y c d", "a x b y c d"),
    ("a x b c d", "A b c d", "A x b c d"),              # added beside a changed line
    ("a c d", "a b c D", "a c D"),
    ("a b c d", "a b d", "a b d"),
    ("a X c d", "a X c d", "a X c d"),                  # the same on both sides
    ("x a b c d", "a b c d y", "x a b c d y"),
    ("", "a b c d", ""),
])
def test_changes_of_different_lines(mine: str, theirs: str, wanted: str) -> None:
    assert merged(text("a b c d"), text(mine), text(theirs)) == text(wanted)


@pytest.mark.parametrize(("mine", "theirs", "base"), [
    ("a B c d", "a X c d", "b"),
    ("a c d", "a X c d", "b"),
    ("a x b c d", "a y b c d", ""),                     # different lines in the same place
    ("a X d", "a b C d", "b c"),
    ("a b x c d", "a d", "b c"),                        # added inside what the other took away
])
def test_changes_of_the_same_lines(mine: str, theirs: str, base: str) -> None:
    (conflict,) = [item for item in merged(text("a b c d"), text(mine), text(theirs)) if isinstance(item, tuple)]
    assert conflict[0] == text(base)


def test_lines_that_could_stand_in_two_places() -> None:
    """One of two equal lines goes, the other side changes what stands beside them."""
    base, mine = text("a = = b"), text("a = b")
    assert merged(base, mine, text("A = = b")) == text("A = b")
    assert merged(base, mine, text("a = = B")) == text("a = B")
    assert merged(text("f } g }"), text("f } x } g }"), text("f } y g }")) == text("f } x } y g }")


def change(base: list[bytes], rng: random.Random, tag: bytes) -> tuple[list[bytes], dict[int, bytes | None], dict]:
    """Random changes of a text whose lines are all different: the text, lines changed, lines added by gap."""
    touched: dict[int, bytes | None] = {}
    added: dict[int, bytes] = {}
    for line in range(len(base)):
        kind = rng.random()
        if kind < 0.1:
            touched[line] = b"%s changes %d\n" % (tag, line)
        elif kind < 0.2:
            touched[line] = None
    for gap in range(len(base) + 1):
        if rng.random() < 0.1:
            added[gap] = b"%s adds %d\n" % (tag, gap)
    out: list[bytes] = []
    for line in range(len(base) + 1):
        if line in added:
            out.append(added[line])
        if line < len(base):
            new = touched.get(line, base[line])
            if new is not None:
                out.append(new)
    return out, touched, added


def test_random_changes_of_different_lines_never_conflict() -> None:
    """No line that both touch, no gap in which both add, and none at the edge of a change: then the result is known."""
    rng = random.Random(7)
    plain = conflicts = 0
    for _ in range(3000):
        base = [b"line %d\n" % number for number in range(rng.randrange(1, 40))]
        mine, mine_touched, mine_added = change(base, rng, b"mine")
        theirs, their_touched, their_added = change(base, rng, b"theirs")
        found = merged(base, mine, theirs)
        clash = [item for item in found if isinstance(item, tuple)]
        for part, lines_of in ((1, mine_touched), (2, their_touched)):
            whole = [line for item in found for line in (item[part] if isinstance(item, tuple) else [item])]
            for new in lines_of.values():
                assert new is None or new in whole
        both = mine_touched.keys() & their_touched.keys() or mine_added.keys() & their_added.keys()
        inside = any({gap - 1, gap} <= touched.keys() for touched, added in
                     ((mine_touched, their_added), (their_touched, mine_added)) for gap in added)
        if both or inside:
            conflicts += bool(clash)
            continue
        assert clash == [], (base, mine, theirs)
        wanted: list[bytes] = []
        for line in range(len(base) + 1):
            wanted += [added[line] for added in (mine_added, their_added) if line in added]
            if line < len(base):
                new = mine_touched.get(line, their_touched.get(line, base[line]))
                if new is not None:
                    wanted.append(new)
        assert sorted(found) == sorted(wanted), (base, mine, theirs)
        assert [line for line in found if line in base] == [line for line in wanted if line in base]
        plain += 1
    assert plain > 100 and conflicts > 100


def test_regions_cover_all_three_texts() -> None:
    rng = random.Random(1)
    for _ in range(5000):
        base, mine, theirs = ([rng.choice(b"abcde}{ ") .to_bytes(1, "big") + b"\n" for _ in range(rng.randrange(10))]
                              for _ in range(3))
        for part, whole in (("base", base), ("mine", mine), ("theirs", theirs)):
            spans = [getattr(region, part) for region in merge(base, mine, theirs)]
            assert [span[0] for span in spans] == [0, *(span[1] for span in spans)][:len(spans)]
            assert (spans[-1][1] if spans else 0) == len(whole)
        for region in merge(base, mine, theirs):
            if region.kind == MINE:
                assert base[slice(*region.base)] == theirs[slice(*region.theirs)]
        rebuilt: list[bytes] = []
        at = 0
        for hunk in diff(base, mine):
            rebuilt += base[at:hunk.a0] + mine[hunk.b0:hunk.b1]
            at = hunk.a1
        assert rebuilt + base[at:] == mine


@pytest.mark.parametrize(("old", "new"), [
    (b"a\nb\nc\n", b"a\nB\nc\n"), (b"", b"a\n"), (b"a\n", b""), (None, b"a\nb"), (b"a\nb", None), (b"a", b"a\n"),
    (b"a\r\n\xff\n", b"a\r\n\xfe\n"), (None, b""), (b"x\n" * 50, b"x\n" * 20 + b"y\n" + b"x\n" * 30)])
def test_a_patch_is_taken_by_git(old: bytes | None, new: bytes | None, tmp_path: Path) -> None:
    if old is not None:
        (tmp_path / "file").write_bytes(old)
    done = subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=patch("file", old, new), cwd=tmp_path,
                          capture_output=True, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent),
                                                    "PATH": "/usr/local/bin:/usr/bin:/bin"}, check=False)
    assert done.returncode == 0, done.stderr
    assert ((tmp_path / "file").read_bytes() if (tmp_path / "file").exists() else None) == new


# -- moves ---------------------------------------------------------------------------------------------------

C = b"""/*
 * Licence.
 */
#include <sys/types.h>

#define	ONE	1
#define	TWO(x)	\\
	((x) + 1)

struct thing {
	int	a;
};

static struct thing table[] = {
	{ 1 },
};

static int	helper(int);

/* What it does. */
static int
helper(int a)
{
	return (a);
}

int
main_function(int a, struct thing *t,
    int b)
{
	if (a)
		return (helper(b));
	return (0);
}
"""


def test_blocks_of_a_file() -> None:
    found = {block.key: C.split(b"\n")[block.start:block.end] for block in blocks(lines(C))}
    assert list(found) == [("macro", "ONE"), ("macro", "TWO"), ("struct", "thing"), ("table", "table"),
                           ("function", "helper"), ("function", "main_function")]
    assert found["function", "helper"][0] == b"/* What it does. */" and found["function", "helper"][-1] == b"}"
    assert len(found["macro", "TWO"]) == 2


def test_a_licence_makes_no_rename() -> None:
    licence = b"/*\n" + b" * Redistribution and use in source and binary forms are permitted.\n" * 20 + b" */\n"
    old = {"a.c": licence + b"int one_thing(void);\n"}
    assert renames(old, {"b.c": licence + b"int another(void);\n"}) == {}
    assert renames(old, {"b.c": licence + b"int one_thing(void);\n"}) == {"a.c": "b.c"}


def test_only_edited_blocks_are_moved_ahead() -> None:
    head, tail = C[:C.index(b"int\nmain_function")], C[C.index(b"int\nmain_function"):]
    new = {"a.c": head.rstrip(b"\n") + b"\n", "b.c": tail}
    assert follow({"a.c": C}, {"a.c": C}, new).moves == []
    sides = follow({"a.c": C}, {"a.c": C.replace(b"return (0)", b"return (7)")}, new)
    assert [(move.name, move.before, move.after) for move in sides.moves] == [("main_function", "a.c", "b.c")]
    assert b"".join(sides.base["b.c"].text) == tail
    assert b"".join(sides.mine["b.c"].text) == tail.replace(b"return (0)", b"return (7)")
    assert sides.base["b.c"].places[0] == ("a.c", C[:len(head)].count(b"\n"))


# -- a commit's change ---------------------------------------------------------------------------------------

def carried(current: bytes | None, change: Change, wanted: list[Hunk] | None = None) -> tuple[dict, int]:
    texts = Texts(lambda path: current if path == "f" else None)
    _, failed = carry(texts, change, change.hunks() if wanted is None else wanted)
    return texts.changed, len(failed)


def test_a_change_is_carried_hunk_by_hunk() -> None:
    one = Change("f", "f", b"a\nb\nc\nd\ne\n", b"A\nb\nc\nd\nE\n")
    assert carried(b"a\nb\nX\nd\ne\n", one) == ({"f": b"A\nb\nX\nd\nE\n"}, 0)
    assert carried(b"z\nb\nX\nd\ne\n", one) == ({"f": b"z\nb\nX\nd\nE\n"}, 1)
    assert carried(b"A\nb\nX\nd\nE\n", one.back()) == ({"f": b"a\nb\nX\nd\ne\n"}, 0)
    assert carried(b"A\nb\nX\nd\nE\n", one.back(), [Hunk(4, 5, 4, 5)]) == ({"f": b"A\nb\nX\nd\ne\n"}, 0)


def test_files_come_and_go_with_a_change() -> None:
    added = Change(None, "f", None, b"a\n")
    assert carried(None, added) == ({"f": b"a\n"}, 0)
    assert carried(b"a\n", added.back()) == ({"f": None}, 0)
    assert carried(b"a\nb\n", added.back())[0]["f"] is not None, "somebody else's line goes with it"
    moved = Change("f", "g", b"a\nb\n", b"a\nB\n")
    assert carried(b"a\nb\nc\n", moved) == ({"f": None, "g": b"a\nB\nc\n"}, 0)


def test_a_makefiles_list_is_carried_by_words() -> None:
    texts = Texts(lambda path: b"SRCS= a.c late.c steps.c\n")
    one = Change("Makefile", "Makefile", b"SRCS= a.c steps.c\n", b"SRCS= a.c more.c steps.c\n")
    assert carry(texts, one, one.hunks())[1] == []
    assert sorted(texts.changed["Makefile"].split()) == [b"SRCS=", b"a.c", b"late.c", b"more.c", b"steps.c"]
    assert carry(texts, one.back(), one.back().hunks())[1] == []
    assert texts.changed["Makefile"].split() == [b"SRCS=", b"a.c", b"late.c", b"steps.c"]


def test_hunks_are_found_by_the_numbers_of_any_context() -> None:
    hunks = diff(text("a b c d e f g h i j k l m n o p"), text("a b C d e f g h i j k l m n o P"))
    assert [hunk_name("f", hunk) for hunk in hunks] == ["f @@ -3 +3 @@", "f @@ -16 +16 @@"]
    for name in ("f @@ -3 +3 @@", "f @@ -1,6 +1,6 @@"):
        assert [selects([name], "f")(hunk) for hunk in hunks] == [True, False]
    assert not selects(["f @@ -3 +3 @@"], "g")(hunks[0])


# -- the ledger's file ---------------------------------------------------------------------------------------

WRITTEN = """# Mine.
schema = 1

[base]
revision = "12.1-RELEASE"   # where we began

# The first.
[[change]]
commit = "0123456789abcdef0123456789abcdef01234567"
state = 'ignored'  # for good
reason = "why not"
"""


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "portkit-sync.toml"
    path.write_text(WRITTEN)
    ledger = load_ledger(path, BASE)
    assert ledger.dump().decode() == WRITTEN
    ledger.entries[0].title = "A title"
    ledger.entries.append(Entry(commit="f" * 40, title='With "quotes" and \\ and \u00e9', files=["a.c"]))
    new = ledger.dump().decode()
    assert new.startswith(WRITTEN.rstrip("\n")) and 'title = "A title"' in new
    path.write_text(new)
    again = load_ledger(path, BASE)
    assert [(entry.title, entry.state) for entry in again.entries] == [
        ("A title", "ignored"), ('With "quotes" and \\ and \u00e9', "pending")]
    assert again.dump().decode() == new


def test_a_ledger_is_the_same_each_time() -> None:
    entries = [Entry(commit="a" * 40, title="x", files=["b", "a"]), Entry(release="13.0")]
    assert Ledger(BASE, entries).dump() == Ledger(BASE, entries).dump()


@pytest.mark.parametrize(("data", "line"), [(b"schema = 1\n\xff\n", 2), (b"a = 1\n", 1), (b"schema = 2\n", 1),
                                            (b"\nchange = 3\n", 2), (b"[base\n", 1),
                                            (b"[[change]]\nrelease = 'a'\nhunks = ['x']\nstate = 'applied'\n", 3)])
def test_an_error_names_its_line(data: bytes, line: int, tmp_path: Path) -> None:
    (tmp_path / "portkit-sync.toml").write_bytes(data)
    with pytest.raises(PortkitError) as caught:
        load_ledger(tmp_path / "portkit-sync.toml", BASE)
    assert caught.value.line == line and caught.value.hint
