"""The tree reader on real FreeBSD trees: PORTKIT_FREEBSD names them, colon-separated."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from clang import cindex

from portkit.errors import PortkitError
from portkit.upstream import KernelModule, Tree, parse_interface
from portkit.upstream.generate import FROM_LISTS, vnode_headers
from portkit.upstream.interface import interface_header

TREES = [place for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]
pytestmark = pytest.mark.skipif(not TREES, reason="PORTKIT_FREEBSD names no FreeBSD tree")
needs_awk = pytest.mark.skipif(shutil.which("awk") is None, reason="awk, the oracle, is not installed")

DRIVERS = ["hv_vmbus", "hv_utils", "hv_storvsc", "hv_netvsc", "virtio_random", "virtio_scsi"]
SMALL = ["virtio", "virtio_blk", "virtio_balloon", "virtio_pci", "if_vtnet", "aesni", "coretemp",
         "cpuctl", "ichwd", "if_em", "if_re", "if_alc", "if_age", "if_tun", "if_tap", "if_vlan",
         "if_bridge", "if_epair", "smbus", "intpm", "ichsmb", "amdsbwd", "amdtemp", "speaker",
         "geom_md", "nullfs", "tmpfs", "procfs", "pseudofs", "fdescfs", "geom_mirror", "geom_eli",
         "uhci", "ehci", "ukbd", "ums", "umass", "snd_hda", "nvme", "nvd", "mfi", "ahci"]


@pytest.fixture(scope="module", params=TREES or [None])
def tree(request: pytest.FixtureRequest) -> Tree:
    return Tree.open(request.param)


def errors_of(tree: Tree, module: KernelModule, into: Path) -> list[str]:
    setup = tree.build_dir([module], into)
    index = cindex.Index.create()
    found = []
    for source in module.sources:
        if source.suffix == ".c":
            unit = index.parse(str(tree.root / source), args=list(setup.clang_args))
            found += [f"{d.location.file}:{d.location.line}: {d.spelling}" for d in unit.diagnostics
                      if d.severity >= cindex.Diagnostic.Error]
    return found


def test_release(tree: Tree) -> None:
    major = tree.freebsd_version // 100000
    assert re.fullmatch(rf"{major}\.\d+-[A-Z]+(-p\d+|\d+)?", tree.revision)


@pytest.mark.parametrize("name", DRIVERS + SMALL)
def test_module_parses_without_an_error(tree: Tree, name: str, tmp_path: Path) -> None:
    if name not in tree.modules():
        pytest.skip(f"{tree.revision} has no {name}")
    module = tree.module(name)
    assert [s for s in module.sources if s.suffix == ".c"]
    assert errors_of(tree, module, tmp_path) == []


def test_most_modules_parse(tree: Tree, tmp_path: Path) -> None:
    """A sample over everything below sys/modules, other machines' drivers among it."""
    names = random.Random(20).sample(list(tree.modules()), 60)
    bad = {}
    for name in names:
        try:
            errors = errors_of(tree, tree.module(name), tmp_path / name)
        except PortkitError as e:
            errors = [str(e)]
        if errors:
            bad[name] = errors[0]
    assert len(bad) <= 0.15 * len(names), bad


def test_every_makefile_can_be_read_or_says_why(tree: Tree) -> None:
    modules = tree.modules()
    broken = {}
    for name in modules:
        try:
            assert modules[name].name == name
        except PortkitError as e:
            broken[name] = e
    assert all(e.file and e.line for e in broken.values())
    assert len(broken) <= 0.01 * len(modules), broken


# -- the tree's own awk scripts as the oracle ------------------------------------------------------------

def tokens(text: bytes) -> list[str]:
    plain = re.sub(r"/\*.*?\*/", " ", text.decode("latin-1"), flags=re.DOTALL)
    return re.findall(r'\w+|"(?:\\.|[^"\\])*"|\S', plain)


def awk(tree: Tree, folder: Path, script: str, source: Path, *options: str) -> None:
    subprocess.run(["awk", "-f", str(tree.root / "sys/tools" / script), str(source), *options], check=True,
                   cwd=folder, capture_output=True)


def declarations(text: bytes) -> list[str]:
    """A header without the bodies of its functions: those of older releases return the call itself."""
    plain = re.sub(r"/\*.*?\*/", " ", text.decode("latin-1"), flags=re.DOTALL)
    return tokens(re.sub(r"\)\n\{\n.*?\n\}", ");", plain, flags=re.DOTALL).encode("latin-1"))


@needs_awk
def test_interfaces_declare_what_the_trees_script_declares(tree: Tree, tmp_path: Path) -> None:
    paths = sorted((tree.root / "sys").rglob("*_if.m"))
    assert len(paths) > 50
    for path in paths:
        awk(tree, tmp_path, "makeobjops.awk", path, "-h")
        ours = interface_header(parse_interface(path))
        theirs = (tmp_path / path.with_suffix(".h").name).read_bytes()
        assert declarations(ours) == declarations(theirs), path


@needs_awk
def test_vnode_headers_are_the_trees(tree: Tree, tmp_path: Path) -> None:
    source, script = tree.root / "sys/kern/vnode_if.src", tree.root / "sys/tools/vnode_if.awk"
    for option in ("-h", "-p", "-q"):
        awk(tree, tmp_path, script.name, source, option)
    for name, text in vnode_headers(source, script).items():
        # `const` on the vector came with a later release; the parameter's name says nothing
        ours, theirs = ([t for t in tokens(x) if t not in ("const", "vop")]
                        for x in (text, (tmp_path / name).read_bytes()))
        assert ours == theirs, name


@needs_awk
@pytest.mark.parametrize("name", sorted(FROM_LISTS))
def test_lists_give_what_the_trees_script_gives(tree: Tree, name: str, tmp_path: Path) -> None:
    place, make = FROM_LISTS[name]
    source = tree.root / place
    if not source.is_file():
        pytest.skip(f"{tree.revision} has no {place}")
    option = {"usbdevs.h": ["-h"], "usbdevs_data.h": ["-d"]}.get(name, [])
    awk(tree, tmp_path, f"{source.name}2h.awk", source, *option)

    def definitions(text: bytes) -> list[str]:
        # A comma before a closing brace says nothing; one product of pccarddevs has its brace misplaced.
        return [t for t in tokens(text.replace(b'"} ', b'"')) if t not in (",", "}")]
    assert definitions(make(source.read_bytes())) == definitions((tmp_path / name).read_bytes())
