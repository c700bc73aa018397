"""What the translation must show on real FreeBSD trees and illumos gates (PORTKIT_FREEBSD, PORTKIT_GATE).

`pytest -s tests/test_real_trees.py` prints the figures.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from portkit.cli import main
from portkit.illumos.compile import compile_port, modules_from_portkit_json
from portkit.upstream import Tree

FAMILY = ("hv_vmbus", "hv_utils")
# FreeBSD module -> shares of its emitted lines that are verbatim, and verbatim or rewritten; a port by hand
# kept 66 and 57 % verbatim.
KEPT = {"hv_vmbus": (0.66, 0.85), "hv_utils": (0.57, 0.75)}
SUPPORT = 0.05          # of all uses, at most
# What a driver of illumos has no counterpart for; nothing else may be dropped.
ACCEPTED = re.compile(
    r"event timer|timecounter|VDSO|_CRS|ACPI|PCI|pass-through|i386|64-bit only|another FreeBSD release|#if 0"
    r"|attach\(9E\) runs with", re.IGNORECASE)
SMALL = ("virtio_random", "ioat", "smbus", "coretemp", "iicsmb")
NOT_RESIDUE = 0.80
DRIVERS = {"hv_heartbeat", "hv_shutdown", "hv_timesync", "hv_kvp"}


@dataclass
class Port:
    out: Path
    status: int
    text: str
    record: dict

    @property
    def modules(self) -> list[dict]:
        return self.record["modules"]

    def sum(self, key: str, origin: str | None = None) -> Counter[str]:
        """`lines` or `uses` of all modules, or of those that come from one FreeBSD module."""
        total: Counter[str] = Counter()
        for module in self.modules:
            if origin is None or module["from"] == origin:
                total.update(module[key])
        return total


def translate(tree: Path, out: Path, *modules: str) -> Port:
    words = [word for name in modules for word in ("-m", name)]
    result = CliRunner().invoke(main, ["translate", str(tree), *words, "-o", str(out)])
    assert result.exit_code in (0, 1), result.output
    return Port(out, result.exit_code, result.stdout, json.loads((out / "portkit.json").read_text()))


_PORTS: dict[Path, Port] = {}


@pytest.fixture
def port(freebsd_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Port:
    """The Hyper-V drivers of one tree."""
    if freebsd_tree not in _PORTS:
        _PORTS[freebsd_tree] = translate(freebsd_tree, tmp_path_factory.mktemp("port") / "out", *FAMILY)
    return _PORTS[freebsd_tree]


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def test_nothing_is_left(port: Port) -> None:
    print(f"\n{port.text}")
    left = [f"{item['file']}:{item['line']}: {item['symbol']}" for m in port.modules for item in m["residue"]]
    assert left == []
    assert port.sum("uses")["residue"] == 0
    assert port.status == 0


def test_every_driver_is_there(port: Port, freebsd_tree: Path) -> None:
    names = {module["name"] for module in port.modules if module["kind"] == "drv"}
    wanted = {"hv_vmbus", *DRIVERS}
    if (freebsd_tree / "sys/dev/hyperv/utilities/hv_snapshot.c").is_file():
        wanted.add("hv_vss")
    assert wanted <= names
    for module in port.modules:
        assert module["sources"], module["name"]


def test_uses_add_up(port: Port) -> None:
    for module in port.modules:
        parts = dict(module["uses"])
        assert parts.pop("total") == sum(parts.values())
        files = [port.out / name for name in (*module["sources"], *module["headers"])]
        files += [path for path in port.out.rglob(f"{module['name']}.conf") if module["kind"] == "drv"]
        assert sum(module["lines"].values()) == sum(path.read_bytes().count(b"\n") for path in files)
    assert port.sum("uses")["total"] > 2000


def test_little_goes_through_helper_code(port: Port) -> None:
    uses = port.sum("uses")
    part = share(uses["support"], uses["total"])
    print(f"\nsupport: {uses['support']} of {uses['total']} uses, {part:.1%}")
    assert part <= SUPPORT


@pytest.mark.parametrize("origin", FAMILY)
def test_close_to_upstream(port: Port, origin: str) -> None:
    lines = port.sum("lines", origin)
    total = sum(lines.values())
    verbatim = share(lines["verbatim"], total)
    rewritten = share(lines["verbatim"] + lines["rewritten"], total)
    print(f"\n{origin}: {total} lines, {verbatim:.1%} verbatim, {rewritten:.1%} verbatim or rewritten")
    assert verbatim >= KEPT[origin][0]
    assert rewritten >= KEPT[origin][1]


def test_what_is_dropped_has_no_counterpart(port: Port) -> None:
    dropped = [item for module in port.modules for item in module["dropped"]]
    assert all(item["reason"].strip() and item["what"].strip() for item in dropped)
    reasons = Counter(item["reason"] for item in dropped)
    print("\n" + "\n".join(f"{count:4d}  {reason}" for reason, count in reasons.most_common()))
    assert [reason for reason in reasons if not ACCEPTED.search(reason)] == []


def test_no_sysctl_is_dropped(port: Port, freebsd_tree: Path) -> None:
    dropped = [item for module in port.modules for item in module["dropped"]]
    said = [item["what"] + item["reason"] for item in dropped]
    assert [text for text in said if re.search("sysctl|tunable", text, re.IGNORECASE)] == []
    # Each leaf's name in upstream is still a string, or the property of a driver.conf, in the port.
    folder = freebsd_tree / "sys/dev/hyperv"
    sources = [path for part in ("vmbus", "utilities") for path in sorted((folder / part).rglob("*.c"))
               if not {"i386", "vmbus_et.c", "hyperv_et.c"} & set(path.parts)]
    emitted = b"\n".join(path.read_bytes() for path in sorted(port.out.rglob("*"))
                         if path.suffix in (".c", ".h", ".conf")).decode("latin-1")
    leaf = re.compile(r"SYSCTL_ADD_(?:U?INT|U?LONG|U64|BOOL|STRING|PROC)\([^;]*?,\s*\"(\w+)\"")
    names = {name for path in sources for name in leaf.findall(path.read_text("latin-1"))}
    assert len(names) >= 5
    assert sorted(name for name in names if not re.search(rf'"{name}"|^{name}=', emitted, re.MULTILINE)) == []


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_it_compiles_clean(port: Port, gate_or_embedded: Path | None, cc: str) -> None:
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed")
    result = compile_port(port.out, modules_from_portkit_json(port.out), cc=cc, jobs=2, gate=gate_or_embedded)
    said = [str(message) for module in result.modules for message in [*module.errors, *module.warnings]]
    said += [f"{module.spec.path}: {name}" for module in result.modules for name in module.undefined]
    result.close()
    assert said == []
    assert result.ok


def test_the_gates_cstyle_has_nothing_to_say(port: Port, gate: Path) -> None:
    from portkit.illumos.check_gate import run_cstyle
    files = [path for path in sorted(port.out.rglob("*")) if path.suffix in (".c", ".h")]
    assert len(files) > 20
    assert run_cstyle(gate, files) == []


def test_two_runs_emit_the_same_bytes(port: Port, freebsd_tree: Path, tmp_path: Path,
                                      snapshot: Callable) -> None:
    again = translate(freebsd_tree, tmp_path / "again", *FAMILY)
    assert snapshot(again.out) == snapshot(port.out)


def test_the_tree_is_never_written_to(freebsd_tree: Path, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, int]]:
        found = {}
        for part in ("dev/hyperv", "modules/hyperv", "sys", "kern", "conf", "amd64", "x86"):
            for folder, folders, files in os.walk(freebsd_tree / "sys" / part):
                for name in [*folders, *files, ""]:
                    stat = os.lstat(os.path.join(folder, name))
                    found[os.path.join(folder, name)] = (stat.st_mtime_ns, stat.st_ctime_ns)
        return found
    before, top = state(), sorted(os.listdir(freebsd_tree))
    translate(freebsd_tree, tmp_path / "out", *FAMILY)
    assert (state(), sorted(os.listdir(freebsd_tree))) == (before, top)


@pytest.mark.parametrize("name", SMALL)
def test_a_module_without_a_port_file(freebsd_tree: Path, name: str, tmp_path: Path) -> None:
    with Tree.open(freebsd_tree) as tree:
        if name not in tree.modules():
            pytest.skip(f"{tree.revision} has no {name}")
    port = translate(freebsd_tree, tmp_path / "out", name)
    uses = port.sum("uses")
    handled = 1 - share(uses["residue"], uses["total"])
    symbols = Counter(item["symbol"] for module in port.modules for item in module["residue"])
    print(f"\n{freebsd_tree.name} {name}: {uses['total']} uses, {handled:.0%} handled; "
          f"left: {dict(symbols.most_common(8))}")
    assert uses["total"] > 20
    assert handled >= NOT_RESIDUE
    named = [item for module in port.modules for item in module["residue"]]
    assert len(named) == uses["residue"]
    assert all(item["file"] and item["line"] and item["symbol"] and item["hint"] for item in named)
    assert port.status == (1 if named else 0)
