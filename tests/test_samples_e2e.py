"""The sample drivers all the way: translated, compiled, and compared with text that a person found right.

The golden files (tests/golden) are what OUT holds, less helper code and records.  tests/update_golden.py
writes them; nothing else does.
"""

from __future__ import annotations

import difflib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from portkit.cli import main
from portkit.illumos.compile import compile_port, modules_from_portkit_json
from portkit.upstream.sample_headers import kernel_headers

GOLDEN = Path(__file__).parent / "golden"
PORT = "usr/src/uts/intel/io/hvsample"
HELPERS = f"{PORT}/bsd/"

pytestmark = pytest.mark.skipif(kernel_headers() is None,
                                reason="no FreeBSD headers: pip install 'portkit[samples]'")


def golden_files(out: Path) -> dict[str, bytes]:
    """What of a port is compared: the drivers and their configuration; helper code has its own source, and portkit's
    own copies of the text are that text."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*"))
            if path.is_file() and path.parent != out and HELPERS not in f"{path.relative_to(out)}"
            and ".portkit" not in path.parts}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """`portkit demo`: where it wrote, its exit status, and what it printed."""
    out = tmp_path_factory.mktemp("demo") / "out"
    result = CliRunner().invoke(main, ["demo", "-o", str(out)])
    return out, result.exit_code, result.output


def modules(out: Path) -> list[dict]:
    return json.loads((out / "portkit.json").read_text())["modules"]


def test_demo_says_that_all_is_well(demo: tuple[Path, int, str]) -> None:
    out, status, text = demo
    assert status == 0, text
    for name in ("drv/hvs_vmbus", "drv/hvs_heartbeat", "drv/hvs_scsi", "Nothing is left to a person"):
        assert name in text
    assert text.count("Compiled clean") == (2 if shutil.which("clang") and shutil.which("gcc") else 1)
    # Its disk: how format(8) lists it, and what was written to it, read, and found in the host's file.
    assert re.search(r"0\. c0t0d0 <Msft-Virtual Disk-", text)
    assert re.search(r"^ *ok +disk-io +c0t0d0: written, read", text, re.MULTILINE)


def test_nothing_is_left(demo: tuple[Path, int, str]) -> None:
    assert [item for module in modules(demo[0]) for item in module["residue"]] == []


def test_what_is_dropped_has_a_reason_and_is_no_sysctl(demo: tuple[Path, int, str]) -> None:
    for module in modules(demo[0]):
        for item in module["dropped"]:
            assert item["reason"].strip() and item["file"].startswith("sys/dev/hvsample/")
            assert not re.search("sysctl", item["what"] + item["reason"], re.IGNORECASE)


@pytest.mark.parametrize("cc", ["gcc", "clang"])
def test_it_compiles_clean(demo: tuple[Path, int, str], gate_or_embedded: Path | None, cc: str) -> None:
    if shutil.which(cc) is None:
        pytest.skip(f"{cc} is not installed")
    result = compile_port(demo[0], modules_from_portkit_json(demo[0]), cc=cc, jobs=2, gate=gate_or_embedded)
    said = [str(message) for module in result.modules for message in [*module.errors, *module.warnings]]
    assert said == []
    assert [symbol for module in result.modules for symbol in module.undefined] == []
    result.close()


def test_the_gates_cstyle_has_nothing_to_say(demo: tuple[Path, int, str], gate: Path) -> None:
    from portkit.illumos.check_gate import run_cstyle
    files = [path for path in sorted(demo[0].rglob("*")) if path.suffix in (".c", ".h")]
    assert run_cstyle(gate, files) == []


def test_the_demo_again(demo: tuple[Path, int, str], tmp_path: Path, snapshot: Callable) -> None:
    out, status, text = demo
    again = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "out")])
    assert again.exit_code == status
    assert snapshot(tmp_path / "out") == snapshot(out)
    assert timeless(again.output.replace(str(tmp_path / "out"), str(out))) == timeless(text)


def timeless(text: str) -> str:
    """What was said, but for how long it took, which another load of the machine changes."""
    return re.sub(r" +", " ", re.sub(r"\b\d+\.\d s\b", "T", text))


def test_hand_edits_of_the_demo_are_kept(demo: tuple[Path, int, str], tmp_path: Path,
                                         snapshot: Callable) -> None:
    shutil.copytree(demo[0], tmp_path / "out")
    with (tmp_path / "out" / PORT / "vmbus/hvs_bus.c").open("a") as stream:
        stream.write("/* mine */\n")
    before = snapshot(tmp_path)
    result = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "out")])
    assert result.exit_code == 2 and "hvs_bus.c" in result.stderr
    assert snapshot(tmp_path) == before


def test_golden_files(demo: tuple[Path, int, str]) -> None:
    if not GOLDEN.is_dir():
        pytest.skip("tests/golden is not there yet: read what tests/update_golden.py writes, then commit it")
    expected = {str(path.relative_to(GOLDEN)): path.read_bytes() for path in sorted(GOLDEN.rglob("*"))
                if path.is_file()}
    found = golden_files(demo[0])
    assert sorted(found) == sorted(expected)
    for name in sorted(expected):
        if found[name] != expected[name]:
            lines = difflib.unified_diff(expected[name].decode("latin-1").splitlines(),
                                         found[name].decode("latin-1").splitlines(),
                                         f"golden/{name}", name, lineterm="")
            pytest.fail("\n".join(lines), pytrace=False)
