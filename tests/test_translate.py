"""From a small driver to an illumos module: what is emitted, what the record and the source map say of it."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from conftest import GIZMO_C, GIZMO_H, FakeTree

from portkit.errors import PortkitError
from portkit.illumos.compile import compile_port, modules_from_portkit_json
from portkit.illumos.sourcemap import SourceMap
from portkit.output import install
from portkit.report.record import all_files
from portkit.translate import Result, translate
from portkit.upstream import Tree

DEST = "usr/src/uts/intel/io/gizmo"
DISPOSITIONS = ("same", "native", "template", "support", "dropped", "residue")


def run(tree: FakeTree, out: Path, *modules: str, rules: tuple[Path, ...] = ()) -> Result:
    with Tree.open(tree.root) as opened:
        result = translate(opened, modules or ("gizmo",), rule_files=rules)
        install(out, all_files(result))
    return result


def emitted(out: Path, name: str = "gizmo.c") -> str:
    return (out / DEST / name).read_bytes().decode("latin-1")


def record(out: Path) -> dict:
    return json.loads((out / "portkit.json").read_text())


def module(out: Path) -> dict:
    """The driver; helper code may have a module of its own."""
    [driver] = [one for one in record(out)["modules"] if one["kind"] == "drv"]
    return driver


def folded(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def out(fake_tree: FakeTree, tmp_path: Path) -> Path:
    run(fake_tree, tmp_path / "out")
    return tmp_path / "out"


# -- the text ------------------------------------------------------------------------------------------------

def test_the_body_speaks_ddi(out: Path) -> None:
    text = emitted(out)
    for line in ("\tmutex_enter(&sc->lock);\n\tturns = ++sc->turns;\n\tmutex_exit(&sc->lock);\n",
                 "\tmutex_init(&sc->lock, NULL, MUTEX_DRIVER, NULL);\n",
                 "\tmutex_destroy(&sc->lock);\n"):
        assert line in text
    # The size is that of the allocation, and free(9) forgives a null pointer where kmem_free(9F) does not.
    assert re.search(r"sc->table = kmem_zalloc\(GIZMO_SLOTS \* sizeof \(uint64_t\),\s+KM_SLEEP\);", text)
    assert re.search(r"if \(sc->table != NULL\)\s+"
                     r"kmem_free\(sc->table,\s+GIZMO_SLOTS \* sizeof \(uint64_t\)\);", text)
    # Only CE_CONT takes a newline at the end.
    assert re.search(r'dev_err\(dev, CE_NOTE, "\??turn %u", gizmo_turn\(sc\)\);', text)


def test_nothing_of_freebsd_is_left(out: Path) -> None:
    text = emitted(out) + emitted(out, "gizmo.h")
    for word in ("device_t", "mtx_lock", "mtx_init", "struct mtx", "M_WAITOK", "M_DEVBUF", "device_get_softc",
                 "device_printf", "DRIVER_MODULE", "MODULE_VERSION", "DEVMETHOD", "devclass", "driver_t",
                 "sys/cdefs.h", "sys/bus.h", "sys/mutex.h", "sys/malloc.h", "sys/module.h"):
        assert not re.search(rf"\b{re.escape(word)}\b", text), word


def test_linkage_is_there(out: Path) -> None:
    text = emitted(out)
    for name in ("_init", "_fini", "_info"):
        assert re.search(rf"^{name}\(", text, re.MULTILINE)
    assert "sizeof (struct gizmo_softc)" in text
    assert "struct dev_ops" in text and "struct modldrv" in text
    assert "DDI_ATTACH" in text and "DDI_DETACH" in text


def test_the_sysctl_survives(out: Path) -> None:
    text = emitted(out)
    [line] = [line for line in text.splitlines() if '"turns"' in line]
    assert "kstat" in line
    assert "&sc->turns" in text
    assert module(out)["dropped"] == []


def test_the_header_is_rewritten_in_place(out: Path) -> None:
    text = emitted(out, "gizmo.h")
    assert "\tdev_info_t\t *dev;\n" in text or re.search(r"^\tdev_info_t\s+\*dev;$", text, re.MULTILINE)
    assert re.search(r"^\tkmutex_t\s+lock;$", text, re.MULTILINE)
    assert "#define\tGIZMO_SLOTS\t16\n" in text
    assert "\tuint32_t\t turns;\t\t/* protected by lock */\n\tuint64_t\t*table;\n" in text


def test_bytes_that_are_not_utf_8_survive(out: Path) -> None:
    assert b" * A gizmo, by J\xfcrgen Gr\xf6\xdfe.\n" in (out / DEST / "gizmo.c").read_bytes()
    assert b"/* Caf\xe9 hours. */\n" in (out / DEST / "gizmo.h").read_bytes()


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_it_compiles_clean(out: Path, cc: str) -> None:
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed")
    result = compile_port(out, modules_from_portkit_json(out), cc=cc, jobs=2)
    for built in result.modules:
        assert [str(message) for message in [*built.errors, *built.warnings]] == []
        assert built.undefined == []
    assert result.ok
    result.close()


def test_a_macro_of_the_drivers_own_is_rewritten_where_it_stands(fake_tree: FakeTree, tmp_path: Path) -> None:
    header = GIZMO_H.replace("#define	GIZMO_SLOTS	16\n",
                             "#define	GIZMO_SLOTS	16\n#define	GIZMO_LOCK(sc)	mtx_lock(&(sc)->lock)\n")
    fake_tree.driver("gizmo", gizmo_h=header, gizmo_c=with_text("mtx_lock(&sc->lock)", "GIZMO_LOCK(sc)"))
    result = run(fake_tree, tmp_path / "out")
    assert result.residue == 0
    assert "#define\tGIZMO_LOCK(sc)\tmutex_enter(&(sc)->lock)\n" in emitted(tmp_path / "out", "gizmo.h")
    assert "\tGIZMO_LOCK(sc);\n" in emitted(tmp_path / "out")


# -- what is skipped or left ---------------------------------------------------------------------------------

def with_text(old: str, new: str) -> str:
    assert old in GIZMO_C
    return GIZMO_C.replace(old, new, 1)


def test_a_skipped_branch_is_named_or_translated(fake_tree: FakeTree, tmp_path: Path) -> None:
    """Code that the preprocessor skips never comes out untranslated in silence."""
    fake_tree.driver("gizmo", gizmo_h=GIZMO_H, gizmo_c=with_text(
        "	turns = ++sc->turns;\n",
        "	turns = ++sc->turns;\n#if 0\n	mtx_assert(&sc->lock, MA_OWNED);\n#endif\n"
        "#ifdef GIZMO_TRACE\n	device_printf(sc->dev, \"traced\\n\");\n#endif\n"))
    out = tmp_path / "out"
    run(fake_tree, out)
    text = emitted(out)
    line = GIZMO_C[:GIZMO_C.index("	turns = ++sc->turns;\n")].count("\n") + 2
    dropped = {item["line"]: item for item in module(out)["dropped"]}
    assert line in dropped and dropped[line]["reason"]
    assert "mtx_assert" not in text and "device_printf" not in text
    assert "GIZMO_TRACE" in text or line + 3 in dropped


UNKNOWN = with_text("	return (turns);\n", "	frob_all(sc->dev, FROB_FAST);\n	return (turns);\n").replace(
    "#include <sys/sysctl.h>\n", "#include <sys/sysctl.h>\n#include <machine/frob.h>\n")


@pytest.fixture
def unknown(fake_tree: FakeTree) -> FakeTree:
    """gizmo with uses that no rule knows, declared in a header of <machine/>."""
    fake_tree.write({"sys/amd64/include/frob.h": "#define FROB_FAST 2\nint frob_all(device_t, int);\n"})
    fake_tree.driver("gizmo", gizmo_c=UNKNOWN, gizmo_h=GIZMO_H)
    return fake_tree


def test_what_no_rule_knows_is_residue(unknown: FakeTree, tmp_path: Path) -> None:
    result = run(unknown, tmp_path / "out")
    left = module(tmp_path / "out")["residue"]
    line = UNKNOWN[:UNKNOWN.index("frob_all")].count("\n") + 1
    calls = {item["symbol"]: item for item in left}
    assert {"frob_all", "FROB_FAST"} <= set(calls)
    for name in ("frob_all", "FROB_FAST"):
        assert (calls[name]["file"], calls[name]["line"]) == ("sys/dev/gizmo/gizmo.c", line)
        assert calls[name]["hint"] and calls[name]["kind"]
    assert result.residue == len(left) == module(tmp_path / "out")["uses"]["residue"]


def test_hints_hold_no_private_path(unknown: FakeTree, tmp_path: Path) -> None:
    """Two runs say the same: a folder that only one of them had is no place to point at."""
    for name in ("one", "two"):
        run(unknown, tmp_path / name)
    assert (tmp_path / "one/portkit.json").read_bytes() == (tmp_path / "two/portkit.json").read_bytes()
    assert "portkit-build-" not in (tmp_path / "one/portkit.json").read_text()


def frob(tree: FakeTree, argument: str) -> None:
    """A driver that calls a method of an interface, whose header the build generates."""
    tree.write({"sys/kern/frob_if.m":
                f"#include <sys/bus.h>\nINTERFACE frob;\nMETHOD int all {{\n\t{argument};\n}};\n"})
    tree.driver("gizmo", gizmo_h=GIZMO_H, gizmo_c=with_text(
        "	return (turns);\n", "	FROB_ALL(sc->dev);\n	return (turns);\n").replace(
        "#include <sys/sysctl.h>\n", "#include <sys/sysctl.h>\n#include \"frob_if.h\"\n"))
    makefile = tree.root / "sys/modules/gizmo/Makefile"
    makefile.write_text(makefile.read_text().replace("device_if.h", "device_if.h frob_if.h"))


def test_a_generated_header_is_named_without_its_folder(fake_tree: FakeTree, tmp_path: Path) -> None:
    frob(fake_tree, "device_t dev")
    run(fake_tree, tmp_path / "out")
    [left] = [item for item in module(tmp_path / "out")["residue"] if item["symbol"] == "FROB_ALL"]
    assert "(frob_if.h)" in left["hint"]
    assert "portkit-build-" not in (tmp_path / "out/portkit.json").read_text()


def test_an_error_in_a_generated_header_names_it_without_its_folder(fake_tree: FakeTree, tmp_path: Path) -> None:
    frob(fake_tree, "struct nothing dev")
    with pytest.raises(PortkitError) as caught:
        run(fake_tree, tmp_path / "out")
    assert caught.value.file == "frob_if.h" and "portkit-" not in str(caught.value)


def test_a_users_rows_settle_it(unknown: FakeTree, tmp_path: Path) -> None:
    rows = tmp_path / "frob.toml"
    rows.write_text('''
[meta]
subsystem = "Frobbing"
about = "For the test."

[[include]]
header = "machine/frob.h"
emit = []

[[rule]]
id = "frob-all"
match = "frob_all($dev, FROB_FAST)"
emit = "(void) ddi_get_instance($dev)"
kind = "native"
headers = ["sys/sunddi.h"]
freebsd = "frob(9)"
illumos = "ddi_get_instance(9F)"
[[rule.example]]
given = "#define FROB_FAST 2\\nint frob_all(void *, int);"
before = "void f(void *d) { frob_all(d, FROB_FAST); }"
after = "void f(void *d) { (void) ddi_get_instance(d); }"
''')
    result = run(unknown, tmp_path / "out", rules=(rows,))
    assert module(tmp_path / "out")["residue"] == []
    assert result.residue == 0
    assert "\t(void) ddi_get_instance(sc->dev);\n" in emitted(tmp_path / "out")


def test_a_users_rows_win(fake_tree: FakeTree, tmp_path: Path) -> None:
    rows = tmp_path / "mine.toml"
    rows.write_text('''
[meta]
subsystem = "Mine"
about = "For the test."

[[rule]]
id = "my-mtx-lock"
match = "mtx_lock($m)"
emit = "my_enter($m)"
kind = "native"
freebsd = "mutex(9)"
illumos = "mutex(9F)"
[[rule.example]]
given = "struct mtx { int x; }; void mtx_lock(struct mtx *);"
before = "void f(void *m) { mtx_lock(m); }"
after = "void f(void *m) { my_enter(m); }"
''')
    run(fake_tree, tmp_path / "out", rules=(rows,))
    assert "\tmy_enter(&sc->lock);\n" in emitted(tmp_path / "out")


# -- portkit.json --------------------------------------------------------------------------------------------

def test_record_has_what_the_contract_names(out: Path) -> None:
    data = record(out)
    assert data["schema"] == 1 and isinstance(data["portkit"], str)
    assert data["upstream"] == {"revision": "13.2-RELEASE", "freebsd_version": 1302000, "commit": None}
    one = module(out)
    assert {"name", "kind", "sources", "headers", "include_dirs", "defines", "depends_on", "lines", "uses",
            "residue", "dropped"} <= set(one)
    assert (one["name"], one["kind"]) == ("gizmo", "drv")
    assert set(one["lines"]) == {"verbatim", "rewritten", "template", "support"}
    assert set(one["uses"]) == {"total", *DISPOSITIONS}


def test_record_adds_up(out: Path) -> None:
    named = {"portkit.json", "portkit.map.json"}
    for one in record(out)["modules"]:
        assert one["uses"]["total"] == sum(one["uses"][key] for key in DISPOSITIONS)
        assert one["uses"]["residue"] == len(one["residue"])
        files = [*one["sources"], *one["headers"]]
        assert sum(one["lines"].values()) == sum((out / name).read_bytes().count(b"\n") for name in files)
        assert all((out / folder).is_dir() for folder in one["include_dirs"])
        assert not named & set(files), "a file of two modules"
        named |= set(files)
    assert named == {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    names = [(one["kind"], one["name"]) for one in record(out)["modules"]]
    assert len(set(names)) == len(names)


def test_uses_are_at_least_those_that_can_be_counted_by_hand(out: Path) -> None:
    """Every mention of these names is a use; a use is counted once."""
    words = ("device_t", "mtx_lock", "mtx_unlock", "mtx_init", "mtx_destroy", "MTX_DEF", "malloc", "free",
             "M_WAITOK", "M_ZERO", "device_get_softc", "device_printf", "EBUSY", "uint32_t", "uint64_t")
    source = re.sub(r'/\*.*?\*/|"[^"]*"|^#include.*?$', "", GIZMO_C + GIZMO_H, flags=re.DOTALL | re.MULTILINE)
    found = sum(len(re.findall(rf"\b{word}\b", source)) for word in words)
    assert module(out)["uses"]["total"] >= found


# -- portkit.map.json ----------------------------------------------------------------------------------------

UPSTREAM = {"sys/dev/gizmo/gizmo.c": GIZMO_C.split("\n"), "sys/dev/gizmo/gizmo.h": GIZMO_H.split("\n")}


def mapped(out: Path) -> list[tuple[str, int, str, tuple[str, int] | None]]:
    """Every emitted line of upstream files: its file, number and text, and its upstream place."""
    places = SourceMap.load(out)
    return [(name, number, text, places.lookup(f"{DEST}/{name}", number))
            for name in ("gizmo.c", "gizmo.h")
            for number, text in enumerate(emitted(out, name).splitlines(), 1)]


def test_verbatim_lines_map_to_their_own_line(out: Path) -> None:
    """An emitted line whose text occurs once on both sides can have come from that line alone."""
    upstream = Counter(folded(line) for lines in UPSTREAM.values() for line in lines)
    here = Counter(folded(text) for _, _, text, _ in mapped(out))
    checked = 0
    for name, number, text, place in mapped(out):
        key = folded(text)
        if len(key) > 1 and upstream[key] == here[key] == 1:
            assert place is not None, f"{name}:{number}: {text}"
            assert folded(UPSTREAM[place[0]][place[1] - 1]) == key, f"{name}:{number}: {text} is not {place}"
            checked += 1
    assert checked >= 20


@pytest.mark.parametrize(("here", "there"), [
    ("mutex_enter(&sc->lock);", "mtx_lock(&sc->lock);"),
    ("mutex_exit(&sc->lock);", "mtx_unlock(&sc->lock);"),
    ("mutex_init(&sc->lock,", "mtx_init(&sc->lock,"),
    ("mutex_destroy(&sc->lock);", "mtx_destroy(&sc->lock);"),
    ("sc->table = kmem_zalloc(", "sc->table = malloc("),
    ("kmem_free(sc->table,", "free(sc->table,"),
    ('"turns"', "SYSCTL_ADD_UINT("),
    (', "?turn %u"', 'device_printf(dev, "turn'),
    ("kmutex_t", "struct mtx"),
])
def test_rewritten_lines_map_to_what_they_were(out: Path, here: str, there: str) -> None:
    if here.startswith(', "?'):         # whether the message goes to the log alone is the rule's business
        here = "turn %u"
    [place] = [place for _, _, text, place in mapped(out) if here in text]
    assert place is not None
    assert there in UPSTREAM[place[0]][place[1] - 1]


def test_map_and_record_agree_on_what_is_verbatim(out: Path) -> None:
    counts: Counter[str] = Counter()
    for _, _, text, place in mapped(out):
        if place is None:
            counts["template"] += 1
        else:
            same = folded(UPSTREAM[place[0]][place[1] - 1]) == folded(text)
            counts["verbatim" if same else "rewritten"] += 1
    lines = module(out)["lines"]
    assert lines["verbatim"] == counts["verbatim"]
    assert lines["rewritten"] + lines["template"] == counts["rewritten"] + counts["template"]


def test_map_names_the_rules_that_changed_a_line(out: Path) -> None:
    runs = json.loads((out / "portkit.map.json").read_text())["files"][f"{DEST}/gizmo.c"]["lines"]
    lines = emitted(out).splitlines()
    number = next(n for n, text in enumerate(lines, 1) if "mutex_enter" in text)
    [rules] = [run[4] for run in runs if run[0] <= number <= run[1]]
    assert rules == ["mtx-lock"]
    covered = [n for first, last, *_ in runs for n in range(first, last + 1)]
    assert covered == list(range(1, len(lines) + 1))


# -- the input -----------------------------------------------------------------------------------------------

def test_the_tree_is_only_read(fake_tree: FakeTree, tmp_path: Path) -> None:
    before = fake_tree.state()
    run(fake_tree, tmp_path / "out")
    assert fake_tree.state() == before


def test_a_git_revision_gives_what_its_checkout_gives(fake_tree: FakeTree, tmp_path: Path,
                                                      snapshot: object) -> None:
    import subprocess
    git = ["git", "-C", str(fake_tree.root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    run(fake_tree, tmp_path / "checkout")
    with Tree.open(fake_tree.root, "HEAD") as opened:
        commit = opened.commit
        install(tmp_path / "revision", all_files(translate(opened, ("gizmo",))))
    assert commit and record(tmp_path / "revision")["upstream"]["commit"] == commit
    for name in ("gizmo.c", "gizmo.h"):
        assert emitted(tmp_path / "checkout", name) == emitted(tmp_path / "revision", name)


def test_an_error_in_a_revision_names_its_files_from_the_root(fake_tree: FakeTree) -> None:
    import subprocess
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    fake_tree.driver("nul", nul_c="int\0;")
    git = ["git", "-C", str(fake_tree.root), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    for name, place in (("none", "sys/modules"), ("nul", "sys/dev/nul/nul.c")):
        with pytest.raises(PortkitError) as caught, Tree.open(fake_tree.root, "HEAD") as opened:
            translate(opened, (name,))
        assert caught.value.file == place and str(caught.value).startswith(f"{place}: ")
