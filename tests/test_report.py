"""`portkit report`: one HTML page that is whole, needs nothing else, and names all that is left."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import GIZMO_C, GIZMO_H, FakeTree

from portkit.cli import main
from portkit.report.html import page
from portkit.report.results import keep, kept, small_boot

DEST = "usr/src/uts/intel/io/gizmo"
VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Checks that every element is closed where it should be, and gathers what the page says."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.elements: Counter[str] = Counter()
        self.text: list[str] = []
        self.rows: list[tuple[str, list[str]]] = []         # class of a row, text of its cells
        self.feed(text)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
        if tag == "tr":
            self.rows.append((dict(attrs).get("class") or "", []))
        if tag == "td":
            self.rows[-1][1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1:]}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            assert "url(" not in data and "@import" not in data
            return
        self.text.append(data)
        if "td" in self.open:
            self.rows[-1][1][-1] += data

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def check(text: str) -> Page:
    """The page is well formed and stands alone; every link leads to something on it."""
    found = Page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert len(found.ids) == len(set(found.ids)), [name for name, count in Counter(found.ids).items() if count > 1]
    assert {link for link in found.links if not link.startswith("#") or link[1:] not in found.ids} == set()
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(found.elements)
    assert not {name for _, name, _ in found.attributes} & {"src", "srcset", "action", "background", "poster"}
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    return found


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def out(fake_tree: FakeTree, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    made = call("translate", fake_tree.root, "-m", "gizmo", "-o", out)
    assert made.exit_code == 0, made.output
    return out


def report(out: Path) -> Page:
    return check(page(out))


# -- what it shows -------------------------------------------------------------------------------------------

def test_both_sides_with_the_rule(out: Path) -> None:
    text = page(out)
    found = check(text)
    row = next(cells for _, cells in found.rows if len(cells) == 5 and cells[1].strip() == "mtx_lock(&sc->lock);")
    assert row[3].strip() == "mutex_enter(&sc->lock);" and row[4]
    assert f"rule-{row[4]}" in found.ids
    source = GIZMO_C.split("\n")
    assert source[int(row[0]) - 1].strip() == "mtx_lock(&sc->lock);"
    emitted = (out / DEST / "gizmo.c").read_text("latin-1").split("\n")
    assert emitted[int(row[2]) - 1].strip() == "mutex_enter(&sc->lock);"
    # The rule's explanation stands where the link leads: what it matches and what it emits.
    place = text.index(f'id="rule-{row[4]}"')
    assert "mutex_enter" in text[place:place + 1500]


def test_every_line_of_both_sides_is_there(out: Path) -> None:
    found = report(out)
    upstream = {int(cells[0]) for _, cells in found.rows if len(cells) == 5 and cells[0].isdigit()}
    port = Counter(re.sub(r"(left to a person|wrong upstream|added by hand).*", "", cells[3]).rstrip()
                   for _, cells in found.rows if len(cells) == 5 and cells[2].isdigit())
    lines = (out / DEST / "gizmo.c").read_text("latin-1").rstrip("\n").split("\n")
    assert not Counter(line.rstrip() for line in lines) - port
    assert set(range(1, GIZMO_C.count("\n") + 1)) <= upstream


def test_what_is_left_is_named_with_its_place(fake_tree: FakeTree, tmp_path: Path) -> None:
    fake_tree.write({"sys/sys/frob.h": "int frob_all(void *);\nint frob_none(void *);\n"})
    fake_tree.driver("gizmo", gizmo_h=GIZMO_H, gizmo_c=GIZMO_C.replace(
        "#include <sys/mutex.h>\n", "#include <sys/mutex.h>\n#include <sys/frob.h>\n").replace(
        "	return (turns);\n", "	frob_all(sc);\n	frob_none(sc);\n	return (turns);\n"))
    out = tmp_path / "out"
    assert call("translate", fake_tree.root, "-m", "gizmo", "-o", out).exit_code == 1
    found = report(out)
    left = [item for module in json.loads((out / "portkit.json").read_text())["modules"] for item in module["residue"]]
    assert {"frob_all", "frob_none"} <= {item["symbol"] for item in left}
    for item in left:
        assert any(cells[:2] == [f"{item['file']}:{item['line']}", item["symbol"]] and item["hint"] in cells[2]
                   for _, cells in found.rows if len(cells) == 3), item
    assert f"{len(left)} uses are left to a person" in found.words
    # It is also said beside the line, in a file that is open when the page is.
    beside = [cells for _, cells in found.rows if len(cells) == 5 and "left to a person: frob_all" in cells[3]]
    assert len(beside) == 1 and "frob_all(sc);" in beside[0][1]
    assert ("details", "open", "") in found.attributes


def test_whatever_stands_in_the_port_is_text(fake_tree: FakeTree, tmp_path: Path) -> None:
    evil = "</td></table><script>alert(1)</script><b title=\"x\">&amp;"
    fake_tree.driver("gizmo", gizmo_h=GIZMO_H, gizmo_c=GIZMO_C.replace(
        "A gizmo, by", f"{evil}\x0c A gizmo, by"))
    out = tmp_path / "out"
    assert call("translate", fake_tree.root, "-m", "gizmo", "-o", out).exit_code == 0
    ledger = out / "portkit-sync.toml"
    ledger.write_text(ledger.read_text() + f"\n[[change]]\ncommit = \"{'ab' * 20}\"\ntitle = '{evil}'\nauthor = "
                      f"'{evil}'\nstate = \"ignored\"\nreason = '{evil}'\nfiles = ['{evil}']\n")
    keep(out, "compile", evil, {"modules": [{"name": evil, "object": None, "errors": [
        {"file": f"{DEST}/gizmo.c", "line": 3, "severity": "error", "message": evil}], "warnings": [],
        "undefined": [evil]}]})
    keep(out, "boot", evil, {"runs": [], "milestones": [{"id": evil, "ok": False, "evidence": evil}], "aliases": [
        [evil, evil]], "violations": [{"check": evil, "message": evil, "file": evil, "line": 1}], "faults": [evil]})
    found = report(out)
    assert "alert(1)" in found.words and found.elements["script"] == 0 and found.elements["b"] == 8
    assert "\x0c" not in page(out) and "\u240c" in found.words
    assert "J\xfcrgen Gr\xf6\xdfe" in found.words


def test_the_ledger_is_shown(out: Path) -> None:
    ledger = out / "portkit-sync.toml"
    states = ("applied", "deferred", "ignored", "pending")
    ledger.write_text(ledger.read_text() + "".join(
        f'\n[[change]]\ncommit = "{number:040x}"\ntitle = "change {number}"\nauthor = "A <a@b>"\n'
        f'date = "2020-01-0{number}"\nstate = "{state}"\nreason = "reason {number}"\nfiles = ["gizmo.c"]\n'
        for number, state in enumerate(states, 1)))
    found = report(out)
    for number, state in enumerate(states, 1):
        assert any(cells[0] == state and cells[1] == f"{number:040x}"[:12] and f"change {number}" in cells[3]
                   and f"reason {number}" in cells[3] for _, cells in found.rows if len(cells) == 5)
    assert "1 / 4" in found.words and "1 pending" in found.words


def test_compile_keeps_its_result_for_it(out: Path) -> None:
    assert "not compiled" in report(out).words
    assert call("compile", out).exit_code == 0
    found = report(out)
    assert "compiles" in found.words and "sources have changed since" not in found.words
    source = out / DEST / "gizmo.c"
    source.write_bytes(source.read_bytes().replace(b"turns = ++sc->turns", b"turns = ++sc->nothing"))
    assert "sources have changed since" in report(out).words
    assert call("compile", out).exit_code == 1
    found = report(out)
    assert "does not compile" in found.words and "no member named" in found.words
    link = next(value for tag, name, value in found.attributes if (tag, name) == ("a", "href") and "l" in value
                and re.fullmatch(r"#f\d+l\d+", value))
    assert link[1:] in found.ids


def test_boot_results(out: Path) -> None:
    keep(out, "boot", "gcc 12", small_boot({
        "milestones": [{"id": "load", "ok": True, "evidence": "1 module"}], "console": ["long"] * 1000, "runs": [
            {"scenario": "boot", "cpus": 2, "host": "2016", "seed": 1, "fail_alloc": None, "sanitize": [], "ok": True,
             "fault": None, "reached": True, "violations": 0, "panics": 0, "milestones": ["many"]}],
        "aliases": [["gizmo", "bus,1"]], "violations": [], "panics": []}))
    assert (out / ".portkit/results/boot.json").stat().st_size < 2000
    found = report(out)
    assert "boots" in found.words and "1 run, 1 milestone" in found.words and "gizmo bus,1" in found.words
    keep(out, "boot", "gcc 12", {"runs": [], "violations": [
        {"check": "sleep", "message": "slept in an interrupt", "file": f"{DEST}/gizmo.c", "line": 40}]})
    found = report(out)
    assert "does not boot clean" in found.words
    assert any(cells[1:] == [f"{DEST}/gizmo.c:40", "slept in an interrupt"] for _, cells in found.rows)


def test_hand_edits_are_marked(out: Path) -> None:
    source = out / DEST / "gizmo.c"
    data = source.read_bytes()
    source.write_bytes(data.replace(b"int\n_fini", b"/* mine */\nint\n_fini").replace(
        b"turns = ++sc->turns", b"turns = sc->turns += 2"))
    (out / DEST / "gizmo.h").unlink()
    found = report(out)
    by_hand = [cells[3] for kind, cells in found.rows if kind == "kh" and len(cells) == 5 and "gizmo" not in cells[1]]
    assert any("/* mine */" in cell for cell in by_hand)
    assert any("turns = sc->turns += 2" in cell for cell in by_hand)
    assert any("changed by hand; was: turns = ++sc->turns" in cell for cell in by_hand)
    assert "2 files edited by hand" in found.words and "removed by hand" in found.words


def test_a_port_without_a_lock_is_shown_as_far_as_it_is_known(out: Path) -> None:
    shutil.rmtree(out / ".portkit")
    found = report(out)
    assert "no lock" in found.words
    assert any("mutex_enter(&sc->lock);" in cells[1] for _, cells in found.rows if len(cells) == 2)


# -- the file ------------------------------------------------------------------------------------------------

def test_it_goes_where_it_is_told_and_is_the_same_again(out: Path, tmp_path: Path) -> None:
    assert call("report", out).stdout.strip() == str(out / "portkit.html")
    one = (out / "portkit.html").read_bytes()
    assert call("report", out, "-o", tmp_path / "page.html").exit_code == 0
    assert (tmp_path / "page.html").read_bytes() == one
    check(one.decode())
    # It does not stand in the way of a new translation.
    assert call("report", out).exit_code == 0


def test_results_of_another_port_are_not_taken_for_this_one(out: Path) -> None:
    keep(out, "compile", "gcc", {"modules": []})
    (out / ".portkit/results/compile.json").write_text("{")
    assert kept(out, "compile") is None and "not compiled" in report(out).words


@pytest.mark.parametrize("spoil, words", [
    (lambda out: (out / "portkit.json").unlink(), "no portkit.json here"),
    (lambda out: (out / "portkit.json").write_text("[]"), "portkit.json: it lists no modules"),
    (lambda out: (out / "portkit-sync.toml").write_text("change = 1"), "portkit-sync.toml:1"),
    (lambda out: next((out / ".portkit/emitted").rglob("*.c.txt")).write_text("x"), "changed since portkit wrote it"),
])
def test_bad_input_is_one_line(out: Path, spoil: object, words: str) -> None:
    spoil(out)  # type: ignore[operator]
    done = call("report", out)
    assert done.exit_code == 2 and words in done.stderr.splitlines()[-1], done.output
    assert not (out / "portkit.html").exists()


def test_a_page_that_cannot_be_written(out: Path, tmp_path: Path) -> None:
    done = call("report", out, "-o", tmp_path / "nowhere/page.html")
    assert done.exit_code == 2 and "no such folder" in done.stderr
    done = call("report", out, "-o", tmp_path)
    assert done.exit_code == 2 and "is a folder" in done.stderr


# -- real drivers --------------------------------------------------------------------------------------------

def test_a_real_port(freebsd_tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    subprocess.run([sys.executable, "-m", "portkit", "translate", str(freebsd_tree), "-m", "hv_vmbus", "-m", "hv_utils",
                    "-o", str(out)], capture_output=True, check=False)
    text = page(out)
    found = check(text)
    record = json.loads((out / "portkit.json").read_text())
    for module in record["modules"]:
        assert f"m-{module['name']}" in found.ids
        for item in module["residue"]:
            assert f"{item['file']}:{item['line']}" in found.words and item["symbol"] in found.words
        for item in module["dropped"]:
            assert item["reason"] in found.words
    for item in record["mends"]:
        assert f"rule-{item['rule']}" in found.ids and item["why"] in found.words
    assert len(text) < 8_000_000
    # Nearly every changed line has a rule behind it, and every rule that is named is explained.
    changed = [cells for kind, cells in found.rows if kind == "kc" and len(cells) == 5]
    assert sum(bool(cells[4] or "wrong upstream" in cells[3]) for cells in changed) > 0.95 * len(changed)
    assert "This portkit does not know it" not in found.words
