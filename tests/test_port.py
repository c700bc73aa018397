"""Port files: what they say, where they are found, and the line of what is wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.port import Bound, Drop, derived_port, find_port, load_port

WHOLE = '''# A family.
[family]
name = "gizmo"
title = "Gizmos"
folder = "sys/dev/gizmo"
dest = "usr/src/uts/common/io/gizmo"
modules = ["gizmo", "gizmo_extra"]

[[drop]]
file = "old/gizmo_isa.c"
why = "illumos has no ISA"

[[drop]]
function = "gizmo_tc_init"
why = "illumos has no timecounter"

[driver.gizmo]
parent = "pseudo"

[tunable.turns]
min = 1
max = 64
'''
LEAST = '[family]\nname = "gizmo"\nfolder = "sys/dev/gizmo"\n'


def write(folder: Path, text: str | bytes, name: str = "gizmo.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_whole_port_file(tmp_path: Path) -> None:
    port = load_port(write(tmp_path, WHOLE))
    assert (port.family, port.title, port.folder) == ("gizmo", "Gizmos", Path("sys/dev/gizmo"))
    assert port.dest == Path("usr/src/uts/common/io/gizmo")
    assert port.modules == ("gizmo", "gizmo_extra")
    assert port.drops == [Drop("file", "old/gizmo_isa.c", "illumos has no ISA"),
                          Drop("function", "gizmo_tc_init", "illumos has no timecounter")]
    assert port.conf == {"gizmo": {"parent": "pseudo"}}
    assert port.tunables == {"turns": Bound(1, 64)}


def test_what_is_not_said_is_derived(tmp_path: Path) -> None:
    port = load_port(write(tmp_path, LEAST))
    assert port.dest == Path("usr/src/uts/intel/io/gizmo")
    assert (port.modules, port.drops, port.title) == ((), [], "gizmo")


@pytest.mark.parametrize(("text", "line", "said"), [
    ("[family\n", 1, "TOML"),
    (LEAST + "modules = [\n\"a\"\n\"b\"]\n", 6, "TOML"),
    (LEAST + "[[drop]]\nfile =\n", 5, "TOML"),
    ("", 1, "[family]"),
    ('[family]\nname = "gizmo"\n', 1, "folder"),
    ('[family]\nname = 3\nfolder = "sys/dev/gizmo"\n', 1, "name"),
    (LEAST + "\n[[dorp]]\nfile = \"x\"\nwhy = \"y\"\n", 5, "dorp"),
    (LEAST + "\n[[drop]]\nfile = \"x.c\"\n", 5, "why"),
    (LEAST + "\n[[drop]]\nwhy = \"no name\"\n", 5, "file"),
    (LEAST + "\n[[drop]]\nfile = \"x.c\"\nwhy = \"good\"\n\n[[drop]]\nfile = \"y.c\"\n", 9, "why"),
    (LEAST + "\n[tunable.turns]\nmin = \"few\"\n", 5, "turns"),
    (LEAST + "\n[tunable]\nturns = 3\n", 5, "tunable"),
    (LEAST + 'modules = "gizmo"\n', 4, "modules"),
    (LEAST + 'modules = [1]\n', 4, "modules"),
    (LEAST + 'folder2 = "x"\n', 4, "folder2"),
    (LEAST + '\n[driver]\ngizmo = 1\n', 5, "driver"),
])
def test_the_line_of_what_is_wrong(text: str, line: int, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(PortkitError) as caught:
        load_port(path)
    error = caught.value
    assert said in error.message
    assert (error.file, error.line) == (str(path), line)
    assert "\n" not in str(error)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00[", b"[family]\nname = \"J\xfcrgen\"\n"])
def test_what_is_not_utf_8(data: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, data)
    with pytest.raises(PortkitError) as caught:
        load_port(path)
    assert caught.value.file == str(path)
    assert "\n" not in str(caught.value)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PortkitError) as caught:
        load_port(tmp_path / "none.toml")
    assert caught.value.file == str(tmp_path / "none.toml")


def test_a_port_file_is_found_by_any_of_its_modules(tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir()
    far.mkdir()
    write(far, WHOLE)
    write(near, WHOLE.replace("gizmo", "gadget"), "gadget.toml")
    found = find_port(["gizmo_extra"], [near, far])
    assert found is not None and found.family == "gizmo"
    assert find_port(["gizmos"], [near, far]) is None
    write(near, WHOLE)
    found = find_port(["gizmo"], [near, far])
    assert found is not None and found.path == near / "gizmo.toml"


@pytest.mark.parametrize(("sources", "folder"), [
    (["sys/dev/gizmo/gizmo.c"], "sys/dev/gizmo"),
    (["sys/dev/gizmo/bus/a.c", "sys/dev/gizmo/disk/b.c"], "sys/dev/gizmo"),
    (["sys/dev/gizmo/bus/a.c"], "sys/dev/gizmo"),
    (["sys/dev/gizmo/deep/er/a.c", "sys/dev/gizmo/deep/b.c"], "sys/dev/gizmo"),
    (["sys/fs/gizmofs/a.c", "sys/fs/gizmofs/b.c"], "sys/fs/gizmofs"),
])
def test_a_family_without_a_port_file(sources: list[str], folder: str) -> None:
    port = derived_port([Path(source) for source in sources], ("gizmo",))
    assert port.folder == Path(folder)
    assert port.dest == Path("usr/src/uts/intel/io") / Path(folder).name
    assert port.modules == ("gizmo",)


def test_the_projects_own_port_files_are_good(project: Path) -> None:
    paths = sorted((project / "drivers-in").glob("*.toml"))
    assert len(paths) >= 2
    for path in paths:
        port = load_port(path)
        assert port.modules and port.folder.parts[0] == "sys"
        assert all(drop.why for drop in port.drops)
