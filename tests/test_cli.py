"""The commands as a user meets them: what they print, their exit status, and how they answer bad input."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import GIZMO_C, GIZMO_H, FakeTree

from portkit.cli import main

Snapshot = Callable[[Path], dict[str, bytes | str]]
DEST = "usr/src/uts/intel/io/gizmo"


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def translate(tree: FakeTree, out: Path, *words: object) -> Result:
    return call("translate", tree.root, "-m", "gizmo", "-o", out, *words)


def complaint(result: Result) -> str:
    """The one line on standard error of a command that ended with status 2."""
    assert result.exit_code == 2, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return one_line(result.stderr)


def one_line(stderr: str) -> str:
    """The complaint; before it there may be lines that say what was going on."""
    lines = stderr.splitlines()
    assert lines and lines[-1].startswith("portkit: "), stderr
    assert all(re.match(r"(translating|compiling|running|comparing) ", line) for line in lines[:-1]), stderr
    return lines[-1]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "work/out"


# -- good input ----------------------------------------------------------------------------------------------

def test_translate_and_compile(fake_tree: FakeTree, out: Path) -> None:
    result = translate(fake_tree, out)
    assert result.exit_code == 0, result.output
    assert "drv/gizmo" in result.stdout and "13.2-RELEASE" in result.stdout
    assert (out / DEST / "gizmo.c").is_file()
    built = call("compile", out)
    assert built.exit_code == 0, built.output
    assert "drv/gizmo" in built.stdout


def test_translating_again(fake_tree: FakeTree, out: Path, snapshot: Snapshot) -> None:
    assert translate(fake_tree, out).exit_code == 0
    before = snapshot(out.parent)
    again = translate(fake_tree, out)
    assert again.exit_code == 0, again.output
    assert snapshot(out.parent) == before


def test_a_changed_source_takes_the_place_of_the_old(fake_tree: FakeTree, out: Path) -> None:
    assert translate(fake_tree, out).exit_code == 0
    (out / "mine").write_text("mine")
    fake_tree.driver("gizmo", gizmo_c=GIZMO_C.replace("turns = ++sc->turns", "turns = sc->turns += 2"),
                     gizmo_h=GIZMO_H)
    again = translate(fake_tree, out)
    assert again.exit_code == 0, again.output
    assert "turns = sc->turns += 2" in (out / DEST / "gizmo.c").read_text("latin-1")
    assert (out / "mine").read_text() == "mine"


def unknown(tree: FakeTree) -> None:
    tree.write({"sys/sys/frob.h": "int frob_all(void *);\n"})
    tree.driver("gizmo", gizmo_h=GIZMO_H, gizmo_c=GIZMO_C.replace(
        "#include <sys/mutex.h>\n", "#include <sys/mutex.h>\n#include <sys/frob.h>\n").replace(
        "	return (turns);\n", "	frob_all(sc);\n	return (turns);\n"))


def test_something_left_is_status_1_and_listed(fake_tree: FakeTree, out: Path) -> None:
    unknown(fake_tree)
    result = translate(fake_tree, out)
    assert result.exit_code == 1
    assert (out / "portkit.json").is_file()
    source = (fake_tree.root / "sys/dev/gizmo/gizmo.c").read_text("latin-1")
    line = source[:source.index("frob_all")].count("\n") + 1
    assert f"sys/dev/gizmo/gizmo.c:{line}: frob_all" in result.stdout


def test_json_on_standard_output_is_all_that_is_there(fake_tree: FakeTree, out: Path, tmp_path: Path) -> None:
    shown = translate(fake_tree, out, "--json", "-")
    assert shown.exit_code == 0, shown.output
    record = json.loads(shown.stdout)
    assert [module["name"] for module in record["modules"]] == ["gizmo"]
    filed = translate(fake_tree, out, "--json", tmp_path / "record.json")
    assert json.loads((tmp_path / "record.json").read_text()) == record
    assert "drv/gizmo" in filed.stdout
    built = call("compile", out, "--json", "-")
    [module] = json.loads(built.stdout)["modules"]
    assert module["name"] == "gizmo"
    assert module["errors"] == module["warnings"] == module["undefined"] == []
    listed = call("rules", "list", "mtx", "--json", "-")
    assert json.loads(listed.stdout)


def test_a_broken_port_is_status_1_with_both_places(fake_tree: FakeTree, out: Path) -> None:
    translate(fake_tree, out)
    path = out / DEST / "gizmo.c"
    text = path.read_bytes().replace(b"turns = ++sc->turns;", b"turns = ++sc->torns;")
    path.write_bytes(text)
    result = call("compile", out)
    assert result.exit_code == 1
    line = GIZMO_C[:GIZMO_C.index("turns = ++sc->turns")].count("\n") + 1
    assert re.search(rf"{DEST}/gizmo\.c:\d+:\d+: error: .*torns", result.stdout)
    assert f"upstream sys/dev/gizmo/gizmo.c:{line}" in result.stdout


def test_help_names_the_commands() -> None:
    result = call("--help")
    assert result.exit_code == 0
    for name in ("translate", "compile", "rules", "demo"):
        assert name in result.stdout


# -- the same again, and nothing else ------------------------------------------------------------------------

def process(words: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "portkit", *map(str, words)], capture_output=True, text=True,
                          check=False, **options)


def environment(project: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project), **more}


def test_two_runs_emit_the_same_bytes(fake_tree: FakeTree, tmp_path: Path, project: Path,
                                      snapshot: Snapshot) -> None:
    """Another process, hash seed, working folder, temporary folder, name of OUT and time."""
    unknown(fake_tree)
    shown = []
    for number, seed in enumerate(("1", "4242")):
        here = tmp_path / f"here{number}" / ("x" * number)
        (here / "tmp").mkdir(parents=True)
        done = process(["translate", fake_tree.root, "-m", "gizmo", "-o", here / "out"], cwd=here,
                       env=environment(project, PYTHONHASHSEED=seed, TMPDIR=str(here / "tmp")))
        assert done.returncode == 1, done.stderr
        shown.append((snapshot(here / "out"), done.stdout.replace(str(here), "HERE")))
        assert os.listdir(here / "tmp") == []
    assert shown[0] == shown[1]


def test_no_path_of_this_machine_is_in_the_port(fake_tree: FakeTree, out: Path) -> None:
    translate(fake_tree, out)
    for path in out.rglob("*"):
        if path.is_file():
            assert str(fake_tree.root).encode() not in path.read_bytes(), path


def test_the_tree_is_never_written_to(fake_tree: FakeTree, out: Path) -> None:
    before = fake_tree.state()
    translate(fake_tree, out)
    unknown_module = call("translate", fake_tree.root, "-m", "nothing", "-o", out)
    assert unknown_module.exit_code == 2
    assert fake_tree.state() == before


def test_out_inside_the_tree_is_refused(fake_tree: FakeTree) -> None:
    """Somebody in a hurry: the tree would be written to."""
    before = fake_tree.state()
    complaint(translate(fake_tree, fake_tree.root / "sys/dev/out"))
    assert fake_tree.state() == before


# -- bad input: translate ------------------------------------------------------------------------------------

@pytest.fixture
def nothing_changes(tmp_path: Path, snapshot: Snapshot) -> Callable[[], None]:
    """Call it twice: what is in the test's folder must be the same then."""
    seen: list[dict[str, bytes | str]] = []

    def check() -> None:
        seen.append(snapshot(tmp_path))
        assert seen[-1] == seen[0]
    return check


@pytest.mark.parametrize(("place", "said"), [
    ("none", "no such folder"), ("file", "is a file"), ("empty", "not a FreeBSD source tree"),
    ("freebsd/sys", "freebsd")])
def test_a_path_that_is_no_tree(fake_tree: FakeTree, tmp_path: Path, out: Path, place: str,
                                said: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    line = complaint(call("translate", tmp_path / place, "-m", "gizmo", "-o", out))
    assert str(tmp_path / place) in line and said in line and "sys/" in line
    assert not out.exists() and not out.parent.exists()


def test_a_revision_of_what_is_no_repository(fake_tree: FakeTree, out: Path) -> None:
    complaint(translate(fake_tree, out, "--rev", "main"))
    assert not out.exists()


@pytest.mark.parametrize("name", ["gizmoo", "gizm", "if_gizmo"])
def test_an_unknown_module_gets_near_names(fake_tree: FakeTree, out: Path, name: str) -> None:
    line = complaint(call("translate", fake_tree.root, "-m", name, "-o", out))
    assert name in line and re.search(r"did you mean .*\bgizmo\b", line)
    assert not out.exists()


def test_no_module_at_all(fake_tree: FakeTree, out: Path) -> None:
    assert "-m" in complaint(call("translate", fake_tree.root, "-o", out))


def test_a_missing_header(fake_tree: FakeTree, out: Path) -> None:
    (fake_tree.root / "sys/sys/mutex.h").unlink()
    line = complaint(translate(fake_tree, out))
    number = GIZMO_C[:GIZMO_C.index("#include <sys/mutex.h>")].count("\n") + 1
    assert f"sys/dev/gizmo/gizmo.c:{number}: " in line and "sys/mutex.h" in line
    assert not out.exists()


def test_a_missing_source(fake_tree: FakeTree, out: Path) -> None:
    (fake_tree.root / "sys/dev/gizmo/gizmo.c").unlink()
    line = complaint(translate(fake_tree, out))
    assert "sys/modules/gizmo/Makefile:3: " in line and "gizmo.c" in line
    assert not out.exists()


@pytest.mark.parametrize(("old", "new", "near"), [
    ("	return (turns);\n", "	return (turns;\n", 0),
    ("	uint32_t turns;\n", "	uint33_t turns;\n", 0),
    ("	turns = ++sc->turns;\n", "	turns = ++sc->no_such_member;\n", 0),
    ("#include <sys/mutex.h>\n", "#error not for you\n", 0),
])
def test_a_source_that_does_not_parse(fake_tree: FakeTree, out: Path, old: str, new: str, near: int) -> None:
    text = GIZMO_C.replace(old, new, 1)
    fake_tree.driver("gizmo", gizmo_c=text, gizmo_h=GIZMO_H)
    line = complaint(translate(fake_tree, out))
    number = text[:text.index(new)].count("\n") + 1
    assert f"sys/dev/gizmo/gizmo.c:{number}: " in line
    assert not out.exists()


WHOLE = GIZMO_C.encode("latin-1")


@pytest.mark.parametrize("data", [bytes(range(256)) * 40, b"\x7fELF\x02\x01\x01" + bytes(500), WHOLE[:1500],
                                  WHOLE[:-4], WHOLE[:200] + b"\0" * 300 + WHOLE[500:]],
                         ids=["bytes", "elf", "half", "no end", "hole"])
@pytest.mark.parametrize("name", ["gizmo.c", "gizmo.h"])
def test_a_binary_or_truncated_file(fake_tree: FakeTree, out: Path, name: str, data: bytes) -> None:
    if name == "gizmo.h":
        data = data.replace(WHOLE[:200], GIZMO_H.encode("latin-1")[:150])
    (fake_tree.root / "sys/dev/gizmo" / name).write_bytes(data)
    line = complaint(translate(fake_tree, out))
    assert re.search(r"sys/dev/gizmo/gizmo\.[ch]", line)
    assert not out.exists()


def test_an_empty_source(fake_tree: FakeTree, out: Path) -> None:
    """What is left of a file after a full disk: nothing to translate is no success."""
    (fake_tree.root / "sys/dev/gizmo/gizmo.c").write_bytes(b"")
    assert "gizmo.c" in complaint(translate(fake_tree, out))
    assert not out.exists()


@pytest.mark.parametrize(("text", "number"), [
    ("KMOD= gizmo\nSRCS= gizmo.c\n.if defined(X)\nCFLAGS+= -DX\n", 3),
    ("KMOD= gizmo\nSRCS= gizmo.c\n.endif\n", 3),
    ("KMOD= gizmo\nSRCS= gizmo.c\n.if ((\n.endif\n", 3),
    ("KMOD= gizmo\nSRCS= none.c\n.include <bsd.kmod.mk>\n", 2),
    ("KMOD= gizmo\nSRCS= giz\0mo.c\n", 2),
    ("", 1),
])
def test_a_broken_makefile(fake_tree: FakeTree, out: Path, text: str, number: int) -> None:
    fake_tree.write({"sys/modules/gizmo/Makefile": text})
    line = complaint(translate(fake_tree, out))
    assert f"sys/modules/gizmo/Makefile:{number}: " in line
    assert not out.exists()


ROW = '''[meta]
subsystem = "Mine"
about = "x"

[[rule]]
id = "mine"
match = "mtx_lock($m)"
emit = "my_enter($m)"
kind = "native"
freebsd = "mutex(9)"
illumos = "mutex(9F)"
[[rule.example]]
given = "void mtx_lock(void *);"
before = "void f(void *m) { mtx_lock(m); }"
after = "void f(void *m) { my_enter(m); }"
'''


@pytest.mark.parametrize(("text", "numbers"), [
    ("[meta\n", {1}),
    (ROW + "[[rule]\n", {16}),
    (ROW[:ROW.index("[[rule.example]]")], {5, 6}),          # no example
    (ROW.replace('kind = "native"', 'kind = "nature"'), {5, 6, 9}),
    (ROW.replace('"mtx_lock($m)"', '"mtx_lock($m"'), {5, 6, 7}),
    (ROW.replace('"my_enter($m)"', '"my_enter($nobody)"'), {5, 6, 8}),
    (ROW.replace("emit =", "emmit ="), {5, 6, 8}),
    (ROW.replace('id = "mine"\n', ""), {5}),
], ids=["toml", "toml-16", "no-example", "kind", "pattern", "metavariable", "key", "no-id"])
def test_a_rule_file_with_an_error(fake_tree: FakeTree, out: Path, tmp_path: Path, text: str,
                                   numbers: set[int]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    line = complaint(translate(fake_tree, out, "--rules", path))
    found = re.match(rf"portkit: {re.escape(str(path))}:(\d+): ", line)
    assert found, line
    assert int(found.group(1)) in numbers
    assert not out.exists()


def test_a_rule_file_that_cannot_be_read(fake_tree: FakeTree, out: Path, tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    for path in (tmp_path / "none.toml", tmp_path / "binary.toml", tmp_path):
        assert f"{path}: " in complaint(translate(fake_tree, out, "--rules", path)).replace(":1: ", ": ")
    assert not out.exists()


def test_a_port_file_with_an_error(fake_tree: FakeTree, out: Path, tmp_path: Path) -> None:
    path = tmp_path / "gizmo.toml"
    path.write_text('[family]\nname = "gizmo"\nfolder = "sys/dev/gizmo"\n\n[[drop]]\nfile = "x.c"\n')
    assert f"{path}:5: " in complaint(translate(fake_tree, out, "--port", path))
    assert str(tmp_path / "none") in complaint(translate(fake_tree, out, "--port", tmp_path / "none"))
    assert not out.exists()


# -- bad input: OUT and what else is written -----------------------------------------------------------------

def test_a_hand_edit_is_never_overwritten(fake_tree: FakeTree, out: Path, nothing_changes: Callable) -> None:
    assert translate(fake_tree, out).exit_code == 0
    with (out / DEST / "gizmo.c").open("ab") as stream:
        stream.write(b"/* mine */\n")
    nothing_changes()
    line = complaint(translate(fake_tree, out))
    assert str(out / DEST / "gizmo.c") in line and "hand" in line and "-o" in line
    nothing_changes()


def test_a_file_in_the_way(fake_tree: FakeTree, out: Path, nothing_changes: Callable) -> None:
    (out / DEST).mkdir(parents=True)
    (out / DEST / "gizmo.c").write_text("mine")
    nothing_changes()
    assert str(out / DEST / "gizmo.c") in complaint(translate(fake_tree, out))
    nothing_changes()


@pytest.mark.parametrize("place", ["/proc/portkit", "/proc/portkit/deep", "/sys/portkit", "/dev/null",
                                   "/dev/null/out"])
def test_out_is_not_writable(fake_tree: FakeTree, place: str) -> None:
    assert place in complaint(translate(fake_tree, Path(place)))


def test_out_may_not_be_written_by_this_user(fake_tree: FakeTree, as_nobody: Callable) -> None:
    """The folder is looked at before anything else is."""
    folder = Path("/tmp") / f"portkit-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        folder.chmod(0o555)
        said = as_nobody(lambda: complaint(translate(fake_tree, folder / "out")))
        assert said.startswith("portkit: ") and "cannot write" in said and str(folder / "out") in said
        assert os.listdir(folder) == []
    finally:
        folder.rmdir()


def test_a_record_that_cannot_be_written_is_found_out_first(fake_tree: FakeTree, out: Path,
                                                            tmp_path: Path) -> None:
    line = complaint(translate(fake_tree, out, "--json", tmp_path / "none/record.json"))
    assert str(tmp_path / "none/record.json") in line
    assert not out.exists(), "status 2, but the port was written"


def test_a_gate_that_is_none_is_found_out_first(fake_tree: FakeTree, out: Path, tmp_path: Path) -> None:
    assert str(tmp_path / "gate") in complaint(translate(fake_tree, out, "--gate", tmp_path / "gate"))
    assert not out.exists(), "status 2, but the port was written"


# -- bad input: the other commands ---------------------------------------------------------------------------

def test_compile_of_nothing(tmp_path: Path) -> None:
    assert str(tmp_path) in complaint(call("compile", tmp_path))
    assert str(tmp_path / "none") in complaint(call("compile", tmp_path / "none"))
    (tmp_path / "portkit.json").write_text("{")
    assert "portkit.json" in complaint(call("compile", tmp_path))
    (tmp_path / "portkit.json").write_bytes(b"\xff\xfe\0")
    assert "portkit.json" in complaint(call("compile", tmp_path))


def test_compile_with_what_is_not_there(fake_tree: FakeTree, out: Path, tmp_path: Path) -> None:
    translate(fake_tree, out)
    assert "no-such-cc" in complaint(call("compile", out, "--cc", "no-such-cc"))
    assert "--modules" in complaint(call("compile", "--source", tmp_path))
    assert str(tmp_path / "gate") in complaint(call("compile", out, "--gate", tmp_path / "gate"))
    (out / DEST / "gizmo.c").unlink()
    assert "gizmo.c" in complaint(call("compile", out))


def test_rules_that_are_not_there(tmp_path: Path) -> None:
    assert "mtx-lok" in complaint(call("rules", "show", "mtx-lok"))
    assert "mtx-lock" in complaint(call("rules", "show", "mtx-lok"))
    bad = tmp_path / "bad.toml"
    bad.write_text("[[rule]]\nid =\n")
    for words in (["list"], ["show", "mtx-lock"], ["test", "mtx-lock"]):
        assert f"{bad}:2: " in complaint(call("rules", *words, "--rules", bad))
    assert str(tmp_path / "gate") in complaint(call("rules", "gate", tmp_path / "gate"))


def test_guide_goes_where_it_can(tmp_path: Path) -> None:
    guide, nowhere = tmp_path / "guide.md", tmp_path / "none/guide.md"
    assert call("rules", "guide", "-o", guide).exit_code == 0
    assert call("rules", "guide", "-o", guide, "--check").exit_code == 0
    guide.write_text("old")
    assert call("rules", "guide", "-o", guide, "--check").exit_code == 1
    assert str(nowhere) in complaint(call("rules", "guide", "-o", nowhere))


@pytest.mark.parametrize("words", [["tranlate"], ["translate"], ["translate", "x", "--no-such"],
                                   ["compile", "-j", "0"], ["rules", "shw"]])
def test_bad_usage(words: list[str]) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert result.stdout == "" and "Traceback" not in result.stderr


def test_demo_without_the_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from portkit.upstream import sample_headers
    monkeypatch.setattr(sample_headers, "kernel_headers", lambda: None)
    line = complaint(call("demo", "-o", tmp_path / "out"))
    assert "pip install 'portkit[samples]'" in line
    assert os.listdir(tmp_path) == []


def test_demo_without_a_compiler(tmp_path: Path) -> None:
    assert "no-such-cc" in complaint(call("demo", "-o", tmp_path / "out", "--cc", "no-such-cc"))
    assert os.listdir(tmp_path) == []


# -- interrupts ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("where", ["portkit.frontend.unit.Program.parse", "portkit.translate.render_all",
                                   "portkit.output._exchange", "pathlib.Path.write_bytes"])
def test_an_interrupt_anywhere(fake_tree: FakeTree, out: Path, where: str, monkeypatch: pytest.MonkeyPatch,
                               nothing_changes: Callable) -> None:
    assert translate(fake_tree, out).exit_code == 0
    fake_tree.driver("gizmo", gizmo_c=GIZMO_C.replace("A gizmo", "Another gizmo"), gizmo_h=GIZMO_H)
    nothing_changes()

    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt
    monkeypatch.setattr(where, interrupt)
    line = complaint(translate(fake_tree, out))
    monkeypatch.undo()
    assert "interrupt" in line
    nothing_changes()


def test_ctrl_c_at_any_moment(fake_tree: FakeTree, tmp_path: Path, project: Path, snapshot: Snapshot) -> None:
    """A real signal: status 2, one line, the folder as it was, and nothing left in the temporary folder."""
    place, temporary = tmp_path / "place", tmp_path / "tmp"
    out = place / "out"
    temporary.mkdir()
    many = {f"part{number}_c": GIZMO_C.split("static int	gizmo_probe")[0]
            + GIZMO_C[GIZMO_C.index("/*\n * Count one"):GIZMO_C.index("static int\ngizmo_attach")]
            .replace("gizmo_turn", f"gizmo_turn{number}").replace("static uint32_t", "uint32_t")
            for number in range(25)}
    fake_tree.driver("gizmo", gizmo_c=GIZMO_C, gizmo_h=GIZMO_H, **many)
    command = [sys.executable, "-m", "portkit", "translate", str(fake_tree.root), "-m", "gizmo",
               "-o", str(out)]
    environ = environment(project, TMPDIR=str(temporary))

    def start() -> subprocess.Popen[str]:
        child = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert child.stderr is not None
        assert child.stderr.readline().startswith("translating ")
        return child

    first, begun = start(), time.monotonic()
    first.communicate(timeout=60)
    needed = time.monotonic() - begun
    assert first.returncode in (0, 1)
    before = snapshot(place)
    # From here on a run would write something else.
    fake_tree.driver("gizmo", gizmo_c=GIZMO_C.replace("A gizmo", "Another gizmo"), gizmo_h=GIZMO_H, **many)
    stopped = 0
    for moment in range(8):
        child = start()
        time.sleep(needed * moment / 8)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        assert os.listdir(temporary) == []
        assert "Traceback" not in said
        if child.returncode == 2:
            stopped += 1
            assert "interrupted" in one_line(said)
            assert snapshot(place) == before
        else:                           # it was done before the signal came
            assert child.returncode == first.returncode, said
            assert os.listdir(place) == ["out"]
            before = snapshot(place)
    assert stopped >= 3


def test_a_reader_that_goes_away(project: Path) -> None:
    """`portkit rules list | head -1`"""
    child = subprocess.Popen([sys.executable, "-m", "portkit", "rules", "list"], env=environment(project),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    assert "Traceback" not in child.stderr.read()
    child.wait(timeout=60)
