"""`portkit patch`: series that git am takes on gates of different years, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import GIZMO_C, GIZMO_H, FakeTree
from patch_kit import INTEL, Makefiles, commit, copied_gate, git, made_gate, remove_port, write

from portkit.cli import main
from portkit.illumos.compile import compile_port
from portkit.illumos.conventions import Conventions
from portkit.illumos.gate_tree import open_gate_tree
from portkit.illumos.modules import load_modules_toml, modules_from_portkit_json
from portkit.illumos.wiring import Delivery, wire
from portkit.report.results import keep
from portkit.resync.steps import make_step, next_steps, read_steps, states

Snapshot = Callable[[Path], dict[str, bytes | str]]
DEST = "usr/src/uts/intel/io/gizmo"
LICENCE = """/*-
 * Copyright (c) 2015 J\xfcrgen Gr\xf6\xdfe
 * All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without
 * modification, are permitted provided that the words stay.
 *
 * THIS SOFTWARE IS PROVIDED AS IT IS, WHATEVER THE ODDS OF
 * SUCH DAMAGE.
 *
 * $FreeBSD$
 */
"""
SOURCE = GIZMO_C[GIZMO_C.index("#include"):]
HEADER = GIZMO_H[GIZMO_H.index("#ifndef"):]


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def complaint(result: Result) -> str:
    assert result.exit_code == 2, result.output
    return result.stderr.splitlines()[-1]


@pytest.fixture
def tree(tmp_path: Path) -> FakeTree:
    tree = FakeTree(tmp_path / "freebsd")
    tree.driver("gizmo", gizmo_c=LICENCE + "\n" + SOURCE, gizmo_h=LICENCE + "\n" + HEADER)
    return tree


@pytest.fixture
def out(tree: FakeTree, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    made = call("translate", tree.root, "-m", "gizmo", "-o", out)
    assert made.exit_code == 0, made.output
    return out


@pytest.fixture(params=[2018, 2022])
def small_gate(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return made_gate(tmp_path / "gate", request.param)


def patched(out: Path, gate: Path, series: Path, *words: object) -> Result:
    """Make the series and apply it with git am."""
    made = call("patch", out, "--gate", gate, "--series", series, *words)
    assert made.exit_code in (0, 1), made.output
    git(gate, "am", *[str(path) for path in sorted(series.glob("*.patch"))])
    return made


def new_modules(gate: Path, before: str) -> list[str]:
    """Modules whose folder the series has added."""
    added = git(gate, "diff", "--name-only", "--diff-filter=A", before, "HEAD", "--", INTEL).split()
    return sorted(found[1] for path in added if (found := re.fullmatch(rf"{INTEL}/([^/]+)/Makefile", path)))


# -- the series ----------------------------------------------------------------------------------------------

def test_git_am_takes_it_and_it_builds_as_the_makefiles_say(out: Path, small_gate: Path, tmp_path: Path) -> None:
    before = git(small_gate, "rev-parse", "HEAD").strip()
    made = patched(out, small_gate, tmp_path / "series")
    assert git(small_gate, "status", "--porcelain") == ""
    for path in sorted((out / "usr").rglob("*")):
        if path.is_file():
            assert (small_gate / path.relative_to(out)).read_bytes() == path.read_bytes()
    # Nothing of the modules that were there is different, and the new one is built of the port's sources.
    assert new_modules(small_gate, before) == ["gizmo"]
    makefiles = Makefiles(small_gate)
    assert makefiles.module("zed").sources == (f"{INTEL}/io/zed/zed.c",)
    assert makefiles.module("aft").sources == (f"{INTEL}/io/aft/aft.c",)
    [spec] = makefiles.modules(["gizmo"])
    [ours] = modules_from_portkit_json(out)
    assert spec.sources == ours.sources and spec.depends_on == ours.depends_on and spec.kind == "drv"
    with_embedded = compile_port(small_gate, [spec])
    assert with_embedded.ok, [str(one) for module in with_embedded.modules for one in module.errors + module.warnings]
    with_embedded.close()
    assert load_modules_toml(tmp_path / "series/modules.toml") == [
        type(spec)(spec.name, spec.kind, spec.sources, spec.include_dirs, (), spec.depends_on)]
    # No alias is known of a driver that was never booted: a person has to see to it.
    assert made.exit_code == 1 and "driver gizmo" in made.output


def test_each_gate_gets_it_in_its_own_style(out: Path, tmp_path: Path) -> None:
    texts = {}
    for year in (2018, 2022):
        gate = made_gate(tmp_path / f"gate{year}", year)
        patched(out, gate, tmp_path / f"series{year}")
        texts[year] = {name: (gate / name).read_text("latin-1") for name in git(gate, "ls-files").split()}
    old, new = texts[2018], texts[2022]
    rules = f"{INTEL}/Makefile.rules"
    assert "$(LINTS_DIR)/%.ln:\t\t$(UTSBASE)/intel/io/gizmo/%.c\n\t@($(LHEAD) $(LINT.c) $< $(LTAIL))" in old[rules]
    assert "LINTS_DIR" not in new[rules]
    for text in (old[rules], new[rules]):
        order = re.findall(r"^\$\(OBJS_DIR\).*intel/(\S+)/%", text, re.M)
        assert order == ["io/aft", "io/gizmo", "io/gizmo/bsd", "io/zed", "os"]
    makefile = f"{INTEL}/gizmo/Makefile"
    assert "LINTS\t\t= $(GIZMO_OBJS:%.o=$(LINTS_DIR)/%.ln)" in old[makefile] and "lint:" in old[makefile]
    assert "lint" not in new[makefile].lower()
    for text in (old, new):
        assert re.findall(r"^([a-z]+):", text[makefile], re.M) == [
            name for name in ("def", "all", "clean", "lint", "install") if name != "lint" or text is old]
        assert re.search(r"DRV_KMODS\s+\+= zed\n\n#\n# .*\n#\nDRV_KMODS\s+\+= gizmo\n\n#\n# File systems",
                         text[f"{INTEL}/Makefile.intel"])
        assert "GIZMO_OBJS = \\\n\tgizmo.o \\\n\tbsd_kstat.o\n" in text[f"{INTEL}/Makefile.files"]
    page = "usr/src/man/man{0}/gizmo.{0}"
    assert ".Dt GIZMO 7D" in old[page.format("7d")] and ".Dt GIZMO 4D" in new[page.format("4d")]
    assert ".Dd February 3, 2024" in new[page.format("4d")] and "A gizmo" in new[page.format("4d")]
    assert "aft.4d\t\t\\\n\t\tgizmo.4d\t\\\n\t\tzed.4d\n" in new["usr/src/man/man4d/Makefile"]
    old_manifest, new_manifest = old["usr/src/pkg/manifests/driver-gizmo.mf"], \
        new["usr/src/pkg/manifests/driver-gizmo.p5m"]
    kinds = [re.findall(r"^(dir|driver|file|license)\b", text, re.M) for text in (old_manifest, new_manifest)]
    assert kinds[0] == ["dir"] * 5 + ["driver"] + ["file"] * 2 + ["license"]
    assert kinds[1] == ["dir", "dir", "dir", "file", "dir", "dir", "file", "driver", "license"]
    assert "\ndir path=" in old_manifest and "\ndir  path=" in new_manifest
    licence = new[f"{DEST}/THIRDPARTYLICENSE"]
    assert f"license={DEST}/THIRDPARTYLICENSE" in new_manifest
    assert licence.startswith("Copyright (c) 2015 J\xfcrgen Gr\xf6\xdfe\nAll rights reserved.\n\nRedistribution")
    assert licence.count("SUCH DAMAGE.") == 2 and licence.index("portkit authors") > licence.index("WHATEVER THE ODDS")
    assert "$FreeBSD$" not in licence and "*" not in licence
    assert new[f"{DEST}/THIRDPARTYLICENSE.descrip"].count("\n") == 1


def test_a_series_is_the_same_again(out: Path, small_gate: Path, tmp_path: Path, snapshot: Snapshot,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    call("patch", out, "--gate", small_gate, "--series", tmp_path / "one")
    home = tmp_path / "home"
    write(home, {".gitconfig": "[diff]\n\tnoprefix = true\n\trenames = copies\n[format]\n\tsuffix = .txt\n"
                               "\tnumbered = false\n[core]\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n"})
    monkeypatch.setenv("HOME", str(home))
    call("patch", out, "--gate", small_gate, "--series", tmp_path / "two")
    assert snapshot(tmp_path / "one") == snapshot(tmp_path / "two") != {}


def test_the_gate_is_only_read(out: Path, small_gate: Path, tmp_path: Path, snapshot: Snapshot) -> None:
    before, port = snapshot(small_gate), snapshot(out)
    call("patch", out, "--gate", small_gate, "--series", tmp_path / "series")
    assert snapshot(small_gate) == before and snapshot(out) == port


def test_aliases_come_from_the_last_boot(out: Path, small_gate: Path, tmp_path: Path) -> None:
    keep(out, "boot", "gcc", {"runs": [], "aliases": [["gizmo", "bus,b"], ["gizmo", "bus,a"], ["other", "x"]]})
    made = patched(out, small_gate, tmp_path / "series")
    assert made.exit_code == 0, made.output
    [manifest] = (small_gate / "usr/src/pkg/manifests").glob("driver-gizmo.*")
    assert "driver name=gizmo alias=bus,a alias=bus,b\n" in manifest.read_text()


def test_the_import_says_what_is_mended_each_reason_once(out: Path, small_gate: Path, tmp_path: Path) -> None:
    record = json.loads((out / "portkit.json").read_bytes())
    rows = (7, "gizmo-size", "See gizmo-count."), (8, "gizmo-count", "It counts wrongly."), (9, "other", "See above.")
    record["mends"] = [{"file": "sys/dev/gizmo/gizmo.c", "line": line, "rule": rule, "why": why}
                       for line, rule, why in rows]
    (out / "portkit.json").write_text(json.dumps(record))
    patched(out, small_gate, tmp_path / "series")
    assert git(small_gate, "log", "-1", "--format=%b").split("mended here:\n")[1].split("\n\n")[0].rstrip() == (
        "- sys/dev/gizmo/gizmo.c:7, sys/dev/gizmo/gizmo.c:8\n  It counts wrongly.\n"
        "- sys/dev/gizmo/gizmo.c:9\n  See above.")


def test_hand_edits_and_added_files_go_along(out: Path, small_gate: Path, tmp_path: Path) -> None:
    source = out / DEST / "gizmo.c"
    source.write_bytes(source.read_bytes().replace(b"int\n_fini", b"/* by hand */\nint\n_fini"))
    (out / DEST / "README").write_text("mine\n")
    (out / DEST / "gizmo.c.orig").write_text("not mine\n")
    patched(out, small_gate, tmp_path / "series")
    assert b"/* by hand */" in (small_gate / DEST / "gizmo.c").read_bytes()
    assert (small_gate / DEST / "README").read_text() == "mine\n"
    assert not (small_gate / DEST / "gizmo.c.orig").exists()


def test_a_shallow_clone_and_a_work_tree_of_another_repository_will_do(out: Path, small_gate: Path,
                                                                       tmp_path: Path) -> None:
    commits = tmp_path / "gate-with-more"
    git(tmp_path, "clone", "--quiet", str(small_gate), str(commits))
    write(commits, {"README": "more\n"})
    commit(commits, "more")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{commits}", str(tmp_path / "shallow"))
    git(commits, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    for place in (tmp_path / "shallow", tmp_path / "tree"):
        git(place, "config", "user.name", "A Maintainer")
        git(place, "config", "user.email", "maintainer@example.org")
        patched(out, place, tmp_path / f"series-{place.name}")
        assert (place / DEST / "gizmo.c").read_bytes() == (out / DEST / "gizmo.c").read_bytes()


BSD2 = "/*\n * Copyright 2020 Somebody\n * SPDX-License-Identifier: BSD-2-Clause\n */\n"


def test_buses_disks_and_networks(tmp_path: Path) -> None:
    """What drivers of each kind need beside their objects; the sources are as much as tells what they are."""
    gate = made_gate(tmp_path / "gate", 2022)
    write(gate, {"usr/src/man/man4d/sd.4d": "", "usr/src/man/man8/dladm.8": "", "usr/src/man/man5/driver.conf.5": "",
                 "usr/src/man/man5/scsi.5": ""})
    commit(gate, "pages")
    folder = "usr/src/uts/intel/io/thing"
    texts = {"bus": "static struct bus_ops ops;\n", "disk": "scsi_hba_init(&thing_modlinkage);\n",
             "net": "mac_register(reg, 0);\n", "help": "int help;\n"}
    modules = [{"name": f"thing_{name}", "kind": "misc" if name == "help" else "drv", "from": "thing",
                "sources": [f"{folder}/{name}.c"], "headers": [], "include_dirs": [folder], "defines": ["X=1"],
                "depends_on": [] if name == "help" else ["misc/thing_help"] if name == "bus"
                else ["drv/thing_bus", "misc/scsi" if name == "disk" else "misc/mac"]} for name in texts]
    files = {f"{folder}/{name}.c": (BSD2 + text).encode() for name, text in texts.items()}
    files[f"{folder}/thing_bus.conf"] = b'name="thing_bus" class="root";\n\n#\n# .Turns\n# A number from -1 to 9; ' \
        b"without it, 3.\n#\n# turns=3;\n"
    files[f"{folder}/thing_disk.conf"] = b"scsi-enumeration=1;\n"
    delivery = Delivery("thing", "Things", "sys/dev/thing", "13.2-RELEASE", modules, files,
                        {"thing_net": ["bus,2"], "thing_disk": ["bus,1"]})
    wired = wire(Conventions(open_gate_tree(gate)), delivery)
    assert wired.left == []
    manifest = wired.files["usr/src/pkg/manifests/driver-thing.p5m"].decode()
    assert "driver name=thing_bus\n" in manifest
    assert "driver name=thing_disk class=scsi-self-identifying alias=bus,1\n" in manifest
    assert 'driver name=thing_net perms="* 0666 root sys" \\\n    clone_perms="thing_net 0666 root sys" alias=bus,2\n' \
        in manifest
    assert "file path=kernel/misc/$(ARCH64)/thing_help group=sys mode=0755" in manifest
    assert "file path=kernel/drv/thing_bus.conf group=sys\n" in manifest
    bus, disk, net = (wired.files[f"usr/src/man/man4d/thing_{name}.4d"].decode() for name in ("bus", "disk", "net"))
    assert ".Xr thing_disk 4D\nand\n.Xr thing_net 4D\n" in bus and ".Xr driver.conf 5\n" in bus
    assert ".It Sy turns\n\\&.Turns.\nA number from -1 to 9; without it, 3." in bus
    assert ".Xr thing_bus 4D\n" in disk and ".Xr sd 4D ." in disk and ".Xr dladm 8\n" in net
    assert ".Xr scsi 5\n" in disk and ".Xr scsi 5" not in bus + net
    assert ".Sy scsi-enumeration\nin\n.Pa thing_disk.conf\n" in disk and "scsi-enumeration" not in bus + net
    assert ".Nd SCSI host bus adapter driver\n" in disk and ".Nd thing_net driver\n" in net
    assert "usr/src/man/man4d/thing_help.4d" not in wired.files
    for text in (bus, disk, net):
        assert [line for line in text.split("\n") if line.endswith((" ", "\t"))] == []
        assert re.findall(r"^\.(?:Dd|Dt|Os|Sh (?:NAME|DESCRIPTION))\b", text, re.M) == [
            ".Dd", ".Dt", ".Os", ".Sh NAME", ".Sh DESCRIPTION"]
        assert text.count("\n.Bl ") == text.count("\n.El\n")
    makefile = wired.files[f"{INTEL}/thing_disk/Makefile"].decode()
    assert "CPPFLAGS\t+= -DX=1 -D_MACHDEP\n" in makefile and "-N drv/thing_bus -N misc/scsi" in makefile
    assert wired.files[f"{folder}/THIRDPARTYLICENSE"].count(b"Copyright 2020 Somebody") == 1


# -- names that meet -----------------------------------------------------------------------------------------

def test_a_source_whose_name_an_earlier_folder_has_gets_a_rule_of_its_own(out: Path, small_gate: Path,
                                                                          tmp_path: Path) -> None:
    write(small_gate, {f"{INTEL}/io/aft/gizmo.c": "int of_aft;\n"})
    commit(small_gate, "a gizmo of aft's")
    patched(out, small_gate, tmp_path / "series")
    makefiles = Makefiles(small_gate)
    assert makefiles.source("gizmo.o") == f"{INTEL}/io/aft/gizmo.c"
    [ours] = modules_from_portkit_json(out)
    assert makefiles.module("gizmo").sources == ours.sources


def test_a_folder_takes_no_sources_away_from_others(out: Path, small_gate: Path, tmp_path: Path) -> None:
    write(small_gate, {"usr/src/uts/common/io/gizmo.c": "int of_common;\n"})
    commit(small_gate, "a gizmo of the common part's")
    assert Makefiles(small_gate).source("gizmo.o") == "usr/src/uts/common/io/gizmo.c"
    patched(out, small_gate, tmp_path / "series")
    makefiles = Makefiles(small_gate)
    assert makefiles.source("gizmo.o") == "usr/src/uts/common/io/gizmo.c"
    [ours] = modules_from_portkit_json(out)
    assert makefiles.module("gizmo").sources == ours.sources


# -- upstream's changes --------------------------------------------------------------------------------------

def history(tree: FakeTree, out: Path, count: int) -> list[str]:
    """Commit the tree, translate it, commit `count` changes; their names."""
    git(tree.root, "init", "--quiet")
    git(tree.root, "config", "user.name", "Up Stream")
    git(tree.root, "config", "user.email", "up@example.org")
    commit(tree.root, "the driver")
    made = call("translate", tree.root, "--rev", "HEAD", "-m", "gizmo", "-o", out)
    assert made.exit_code == 0, made.output
    source = tree.root / "sys/dev/gizmo/gizmo.c"
    names = []
    for number in range(count):
        text = source.read_text("latin-1")
        if number % 3 == 2:
            text = text.replace("return (turns);", f"turns += {number};\n\treturn (turns);")
        else:
            include = "#include <dev/gizmo/gizmo.h>"
            text = text.replace(include, f"{include}\n\n#define\tGIZMO_{number}\t1", 1)
        source.write_text(text, "latin-1")
        commit(tree.root, f"gizmo: change {number}")
        names.append(git(tree.root, "rev-parse", "HEAD").strip())
    return names


def test_one_patch_for_each_commit(tree: FakeTree, small_gate: Path, tmp_path: Path) -> None:
    out = tmp_path / "port"
    names = history(tree, out, 6)
    first = {path.relative_to(out): path.read_bytes() for path in (out / "usr").rglob("*.c")}
    for name in names[:3]:
        done = call("diff", "--to", tree.root, "--commit", name, "-o", out)
        assert done.exit_code == 0, done.output
    made = patched(out, small_gate, tmp_path / "series")
    subjects = git(small_gate, "log", "--reverse", "--format=%s", "-4").splitlines()
    assert subjects[0].startswith("gizmo: import from FreeBSD 13.2-RELEASE")
    assert subjects[1:] == [f"gizmo: change {number}" for number in range(3)]
    for back, name in zip((2, 1, 0), names, strict=False):
        assert f"FreeBSD commit {name}" in git(small_gate, "log", "-1", "--format=%B", f"HEAD~{back}")
    at_import = {path: subprocess.run(["git", "-C", str(small_gate), "show", f"HEAD~3:{path}"], capture_output=True,
                                      check=True).stdout for path in first}
    assert at_import == first
    for path in first:
        assert (small_gate / path).read_bytes() == (out / path).read_bytes()
    assert "nothing tells what it changed" not in made.output


def test_commits_brought_at_once_are_told_apart_with_their_repository(tree: FakeTree, tmp_path: Path) -> None:
    out = tmp_path / "port"
    names = history(tree, out, 21)
    done = call("diff", "--to", tree.root, "-o", out)
    assert done.exit_code == 0, done.output
    one, two = made_gate(tmp_path / "one", 2022), made_gate(tmp_path / "two", 2022)
    at_once = patched(out, one, tmp_path / "series1")
    assert len(list((tmp_path / "series1").glob("*.patch"))) == 2
    assert "21 commits were brought at once" in at_once.output
    body = git(one, "log", "-1", "--format=%B")
    assert all(f"FreeBSD commit {name}" in body for name in names)
    patched(out, two, tmp_path / "series2", "--upstream", tree.root)
    assert len(list((tmp_path / "series2").glob("*.patch"))) == 22
    subjects = git(two, "log", "--reverse", "--format=%s", "-21").splitlines()
    assert subjects == [f"gizmo: change {number}" for number in range(21)]
    assert git(one, "rev-parse", "HEAD^{tree}") == git(two, "rev-parse", "HEAD^{tree}")
    assert git(one, "rev-parse", "HEAD~1^{tree}") == git(two, "rev-parse", "HEAD~21^{tree}")


def test_a_commit_that_wants_newer_headers_gets_them(tree: FakeTree, tmp_path: Path) -> None:
    out, gate, driver = tmp_path / "port", made_gate(tmp_path / "gate", 2022), "sys/dev/gizmo/gizmo.c"
    names = history(tree, out, 2)
    types = tree.root / "sys/sys/types.h"
    tree.write({"sys/sys/types.h": types.read_text("latin-1").replace("#define NULL", "typedef short int16_t;\n"
                                                                                     "#define NULL")})
    text = (tree.root / driver).read_text("latin-1")
    tree.write({driver: text + "\nint16_t gizmo_far(void);\n\nint16_t\ngizmo_far(void)\n{\n\treturn (0);\n}\n"})
    commit(tree.root, "far away")
    tree.write({driver: (tree.root / driver).read_text("latin-1").replace("gizmo_far(void)\n{\n\treturn (0)",
                                                                             "gizmo_far(void)\n{\n\treturn (9)")})
    commit(tree.root, "farther away")
    assert call("diff", "--to", tree.root, "-o", out).exit_code == 0
    made = patched(out, gate, tmp_path / "series", "--upstream", tree.root)
    assert "at once" not in made.output and len(names) == 2
    assert git(gate, "log", "--reverse", "--format=%s", "-4").splitlines() == [
        "gizmo: change 0", "gizmo: change 1", "gizmo: far away", "gizmo: farther away"]
    for path in sorted((out / "usr").rglob("*")):
        if path.is_file():
            assert (gate / path.relative_to(out)).read_bytes() == path.read_bytes()


def test_hand_edits_are_in_every_patch_that_can_have_them(tree: FakeTree, tmp_path: Path) -> None:
    out = tmp_path / "port"
    names = history(tree, out, 3)
    for name in names:
        assert call("diff", "--to", tree.root, "--commit", name, "-o", out).exit_code == 0
    source = out / DEST / "gizmo.c"
    source.write_bytes(source.read_bytes().replace(b"int\n_fini", b"/* by hand */\nint\n_fini").replace(
        b"#define\tGIZMO_1\t1", b"#define\tGIZMO_1\t111"))
    gate = made_gate(tmp_path / "gate", 2022)
    patched(out, gate, tmp_path / "series")
    texts = [git(gate, "show", f"HEAD~{back}:{DEST}/gizmo.c") for back in (3, 2, 1, 0)]
    assert all("/* by hand */" in text for text in texts)
    assert ["GIZMO_1" in text for text in texts] == [False, False, True, True]
    assert "GIZMO_1\t111" in texts[3]
    assert (gate / DEST / "gizmo.c").read_bytes() == source.read_bytes()


def test_steps_lead_back(tmp_path: Path) -> None:
    texts = [{"a": b"1\n2\n3\n", "b": b"\xff\n"}, {"a": b"1\nx\n3\n4\n", "b": b"\xff\n", "c": b""},
             {"a": b"1\nx\n3\n4\n", "c": b"no newline"}, {"a": b"0\nx\n4\n", "c": b"no newline\n"}]
    modules = [[{"name": "m", "sources": ["a"]}], [{"name": "m", "sources": ["a", "c"]}]]
    of = [modules[0], modules[1], modules[1], modules[1]]
    for number in range(3):
        step = make_step([f"r{number}"], texts[number], texts[number + 1], of[number], of[number + 1])
        write_all(tmp_path, next_steps(tmp_path, step, texts[number]))
    way = states(texts[3], of[3], read_steps(tmp_path, texts[3]))
    assert [state.files for state in way] == texts
    assert [state.modules for state in way] == of
    assert [state.names for state in way] == [[], ["r0"], ["r1"], ["r2"]]
    # Another translation has none of them.
    assert read_steps(tmp_path, {"a": b"else\n"}) == []


def write_all(out: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)


# -- what it refuses -----------------------------------------------------------------------------------------

def dirty(gate: Path, out: Path, series: Path) -> str:
    (gate / INTEL / "Makefile.files").write_text("")
    return "not clean: usr/src/uts/intel/Makefile.files"


def no_repository(gate: Path, out: Path, series: Path) -> str:
    (gate / ".git").rename(gate.parent / "git-folder")
    return "not a git repository"


def full_series(gate: Path, out: Path, series: Path) -> str:
    write(series, {"0001-old.patch": "old"})
    return "series: the folder for the series is not empty"


def own_port(gate: Path, out: Path, series: Path) -> str:
    files = gate / INTEL / "Makefile.intel"
    files.write_text(files.read_text() + "DRV_KMODS += gizmo\n")
    commit(gate, "a gizmo already")
    return f"usr/src/uts/intel/Makefile.intel:{len(files.read_text().splitlines())}: the gate has a port"


def own_manifest(gate: Path, out: Path, series: Path) -> str:
    [zed] = (gate / "usr/src/pkg/manifests").glob("driver-zed.*")
    zed.write_text(zed.read_text().replace("driver name=zed", "driver name=gizmo alias=x\ndriver name=zed"))
    commit(gate, "a gizmo already")
    return f"{zed.name}:"


def strange_lists(gate: Path, out: Path, series: Path) -> str:
    (gate / INTEL / "Makefile.intel").write_text("MODULES = aft zed\n")
    commit(gate, "another way")
    return "Makefile.intel: no list of modules DRV_KMODS"


def strange_rules(gate: Path, out: Path, series: Path) -> str:
    (gate / INTEL / "Makefile.rules").write_text("include everything\n")
    commit(gate, "another way")
    return "Makefile.rules: no rule that makes objects"


def strange_pages(gate: Path, out: Path, series: Path) -> str:
    [path] = (gate / "usr/src/man").glob("man*d/Makefile")
    path.write_text(path.read_text().replace("zed.", "yak.1 zed."))
    commit(gate, "two on a line")
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "yak.1" in text)
    return f"Makefile:{line}: i386_MANFILES has not one page a line"


def no_manifests(gate: Path, out: Path, series: Path) -> str:
    git(gate, "rm", "-rq", "usr/src/pkg")
    commit(gate, "no packages")
    return "usr/src/pkg/manifests: the gate has no package manifests"


def untracked(gate: Path, out: Path, series: Path) -> str:
    write(gate, {f"{INTEL}/gizmo/Makefile": "mine"})
    return f"{INTEL}/gizmo/Makefile: is in the way"


def conflict(gate: Path, out: Path, series: Path) -> str:
    source = out / DEST / "gizmo.c"
    lines = source.read_bytes().split(b"\n")
    source.write_bytes(b"\n".join([*lines[:9], b"<<<<<<< port", b"=======", b">>>>>>> upstream x", *lines[9:]]))
    return "gizmo.c:10: has an unresolved conflict"


def no_port(gate: Path, out: Path, series: Path) -> str:
    (out / "portkit.json").unlink()
    return "no portkit.json here"


def gone(gate: Path, out: Path, series: Path) -> str:
    (out / DEST / "gizmo.c").unlink()
    return "gizmo.c: module gizmo needs it, and it is gone"


def nobody(gate: Path, out: Path, series: Path) -> str:
    git(gate, "config", "--unset", "user.email")
    return "git does not know whose patches these are"


def bad_ledger(gate: Path, out: Path, series: Path) -> str:
    ledger = out / "portkit-sync.toml"
    ledger.write_text(ledger.read_text() + '\n[[change]]\ncommit = "abcdef0"\nstate = "done"\n')
    return f"portkit-sync.toml:{len(ledger.read_text().splitlines())}: unknown state `done`"


def no_commit(gate: Path, out: Path, series: Path) -> str:
    git(gate, "update-ref", "-d", "HEAD")
    return "no commit yet"


@pytest.mark.parametrize("spoil", [dirty, no_repository, full_series, own_port, own_manifest, strange_lists,
                                   strange_rules, strange_pages, no_manifests, untracked, conflict, no_port, gone,
                                   nobody, bad_ledger, no_commit])
def test_refused_with_one_line_and_nothing_written(spoil: Callable[[Path, Path, Path], str], out: Path,
                                                   small_gate: Path, tmp_path: Path, snapshot: Snapshot,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    words = spoil(small_gate, out, tmp_path / "series")
    before = snapshot(tmp_path)
    line = complaint(call("patch", out, "--gate", small_gate, "--series", tmp_path / "series"))
    assert words in line and line.endswith(")"), line
    assert snapshot(tmp_path) == before


# -- real gates ----------------------------------------------------------------------------------------------

FOLDER = "usr/src/uts/intel/io/hyperv"
OWN = re.compile(r"hyperv|hv_\w+")


@pytest.fixture(scope="session")
def real_port(freebsd_trees: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("real") / "port"
    newest = max(freebsd_trees, key=lambda path: int(re.search(r"__FreeBSD_version (\d+)", (
        path / "sys/sys/param.h").read_text("latin-1"))[1]))  # type: ignore[index]
    subprocess.run([sys.executable, "-m", "portkit", "translate", str(newest), "-m", "hv_vmbus", "-m", "hv_utils", "-m",
                    "hv_storvsc", "-o", str(out)], capture_output=True, check=True)
    return out


def test_a_real_gate_takes_it_once_its_own_port_is_gone(gate: Path, real_port: Path, tmp_path: Path) -> None:
    copy = copied_gate(gate, tmp_path / "gate", FOLDER)
    if (gate / FOLDER).is_dir():
        line = complaint(call("patch", real_port, "--gate", copy, "--series", tmp_path / "series"))
        assert "the gate has a port of these modules" in line and "hv_vmbus" in line
        remove_port(copy, OWN, FOLDER)
    before = git(copy, "rev-parse", "HEAD").strip()
    result = patched(real_port, copy, tmp_path / "series")
    assert result.exit_code in (0, 1), result.output
    ours = {spec.name: spec for spec in modules_from_portkit_json(real_port)}
    assert new_modules(copy, before) == sorted(ours)
    specs = Makefiles(copy).modules(ours)
    for spec in specs:
        assert set(spec.sources) == set(ours[spec.name].sources), spec.name
        assert spec.depends_on == ours[spec.name].depends_on
        assert spec.conf is None or (copy / spec.conf).is_file()
    # The storage driver is what the gate's own adapters are: a module that needs misc/scsi, of a class whose targets
    # name themselves, with a page.
    [storage] = [spec for spec in specs if spec.name == "hv_storvsc"]
    assert "misc/scsi" in storage.depends_on and storage.conf is not None
    assert b"scsi-enumeration=1;" in (copy / storage.conf).read_bytes()
    [manifest] = (copy / "usr/src/pkg/manifests").glob("driver-hyperv.*")
    text = manifest.read_text("latin-1").replace(" \\\n   ", "")
    assert re.search(r"^driver name=hv_storvsc .*\bclass=scsi-self-identifying\b", text, re.M)
    assert "file path=kernel/drv/hv_storvsc.conf group=sys" in text
    [page] = (copy / "usr/src/man").glob("man[47]d/hv_storvsc.[47]d")
    assert re.search(r"^\.Xr sd [47]D", page.read_text(), re.M)
    built = compile_port(copy, specs, gate=gate, jobs=2)
    assert built.ok, [str(one) for module in built.modules for one in module.errors + module.warnings]
    assert not any(module.undefined for module in built.modules)
    built.close()
    shown = call("compile", "--source", copy, "--modules", tmp_path / "series/modules.toml", "--gate", gate,
                 "--json", "-")
    assert shown.exit_code == 0, shown.output
    assert {module["name"] for module in json.loads(shown.stdout)["modules"]} == set(ours)
