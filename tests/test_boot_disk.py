"""The scenarios about disks, on the sample drivers: that they pass, that they find what is wrong, and what becomes of
the files of --disk.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from boot_kit import boot

from portkit.demo import SAMPLES
from portkit.illumos.modules import ModuleSpec, modules_from_portkit_json
from portkit.output import install
from portkit.report.record import all_files
from portkit.translate import translate
from portkit.upstream import Tree
from portkit.upstream.sample_headers import assemble

SABOTEUR = Path(__file__).resolve().parent / "boot" / "saboteur" / "saboteur.c"
SCENARIOS = ("disk", "disk-names", "disk-load", "disk-errors", "disk-timeouts", "disk-dump", "disk-remove")
SCSI = "misc/scsi"
BLOCK = 512


def for_storage(spec: ModuleSpec) -> bool:
    return spec.kind == "drv" and SCSI in spec.depends_on


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("ziglang", reason="the samples need FreeBSD's headers from the `samples` extra")
    folder = tmp_path_factory.mktemp("port")
    with Tree.open(assemble(SAMPLES / "sample", folder / "tree")) as tree:
        install(folder / "out", all_files(translate(tree, (), port_file=SAMPLES / "sample.toml")))
    if not any(map(for_storage, modules_from_portkit_json(folder / "out"))):
        pytest.skip("the sample drivers have none for storage")
    return folder / "out"


def chosen(*names: str) -> list[str]:
    return [word for name in names for word in ("--scenario", name)]


@pytest.mark.parametrize("sanitize", ["none", "address,undefined", "thread"])
def test_the_sample_passes_every_scenario(port: Path, sanitize: str, tmp_path: Path) -> None:
    status, data, said = boot(tmp_path, str(port), *chosen(*SCENARIOS), "--sanitize", sanitize)
    assert data["violations"] == [], said
    assert data["panic"] is None, said
    assert all(item["ok"] for item in data["milestones"]), said
    assert status == 0, said
    listed = {item["id"]: item["evidence"] for item in data["milestones"]}
    assert "Msft" in listed["disk-list"] and "Virtual Disk" in listed["disk-list"]
    assert {"disk-sizes", "disk-buffers", "load-luns", "never-read", "dump", "reload-disks"} <= set(listed)


def modules_file(specs: list[ModuleSpec], file: Path) -> str:
    lines = []
    for spec in specs:
        lines += ["[[module]]", f"name = {json.dumps(spec.name)}", f"kind = {json.dumps(spec.kind)}"]
        for key in ("sources", "include_dirs", "defines", "depends_on", "aliases"):
            lines.append(f"{key} = {json.dumps(list(getattr(spec, key)))}")
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def sabotaged(port: Path, tmp_path: Path, how: str) -> list[str]:
    """The arguments that boot the port with the saboteur in the module that sets up adapters."""
    copy = tmp_path / "port"
    shutil.copytree(port, copy)
    shutil.copy(SABOTEUR, copy)
    specs = []
    for spec in modules_from_portkit_json(port):
        if any(b"scsi_hba_attach_setup(" in (port / source).read_bytes() for source in spec.sources):
            spec = replace(spec, sources=(*spec.sources, SABOTEUR.name), defines=(
                *spec.defines, "scsi_hba_attach_setup=saboteur_attach_setup", f"SABOTAGE_{how}"))
        specs.append(spec)
    assert any(SABOTEUR.name in spec.sources for spec in specs)
    return ["--source", str(copy), "--modules", modules_file(specs, tmp_path / "modules.toml")]


@pytest.mark.parametrize(("how", "scenario", "words"), [
    ("LOSES_WRITE", "disk", "acknowledged write"),
    ("LOSES_READ", "disk", ": read of"),
    ("OTHER_BLOCK", "disk", "acknowledged write"),
    ("LOSES_WRITE", "disk-load", "acknowledged write"),
    ("LOSES_WRITE", "disk-remove", "acknowledged write"),
])
def test_a_driver_that_lies_is_found(port: Path, how: str, scenario: str, words: str, tmp_path: Path) -> None:
    status, data, said = boot(tmp_path, *sabotaged(port, tmp_path, how), *chosen(scenario))
    assert status == 1, said
    missed = [item["evidence"] for item in data["milestones"] if not item["ok"]]
    assert any(words in text and "byte" in text for text in missed), said


def test_a_driver_that_forgets_a_command_is_found(port: Path, tmp_path: Path) -> None:
    status, data, said = boot(tmp_path, *sabotaged(port, tmp_path, "FORGETS"), *chosen("disk-load"))
    assert status == 1, said
    assert "scsi" in {item["check"] for item in data["violations"]}, said


# -- the files of --disk --------------------------------------------------------------------------------------

def image(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def disk_milestones(data: dict) -> dict[str, tuple[bool, str]]:
    return {item["id"]: (item["ok"], item["evidence"]) for item in data["milestones"]
            if item["id"].startswith("user-disk")}


def test_a_blank_disk_is_written_and_known_again(port: Path, tmp_path: Path) -> None:
    disk = tmp_path / "blank.img"
    image(disk, bytes(4 << 20))
    for _ in range(2):
        status, data, said = boot(tmp_path, str(port), *chosen("boot"), "--cpus", "2", "--disk", str(disk))
        assert status == 0, said
        [(reached, evidence)] = disk_milestones(data).values()
        assert reached and "written and read" in evidence
        after = disk.read_bytes()
        assert len(after) == 4 << 20
        assert after.startswith(b"portkit test disk\n") and any(after[BLOCK:])


def test_a_disk_with_something_on_it_is_read_alone(port: Path, tmp_path: Path) -> None:
    disks = [tmp_path / "full.img", tmp_path / "nearly-blank.img"]
    before = [image(disks[0], bytes(range(256)) * 4096), image(disks[1], bytes((1 << 20) - 1) + b"x")]
    status, data, said = boot(tmp_path, str(port), *chosen("boot", "disk"), "--cpus", "2", "--host", "2016",
                              *(word for disk in disks for word in ("--disk", str(disk))))
    assert status == 0, said
    told = disk_milestones(data)
    assert set(told) == {"user-disk:0", "user-disk:1"}
    assert all(reached and "read alone" in evidence for reached, evidence in told.values()), told
    assert any("it is read, not written" in line for line in data["console"]), said
    assert [hashlib.sha256(disk.read_bytes()).hexdigest() for disk in disks] == before


def test_the_smallest_disk_there_is(port: Path, tmp_path: Path) -> None:
    disk = tmp_path / "small.img"
    image(disk, bytes(BLOCK))
    status, _, said = boot(tmp_path, str(port), *chosen("boot"), "--cpus", "1", "--disk", str(disk))
    assert status == 0, said
    assert disk.read_bytes().startswith(b"portkit test disk\n")


# -- a port without storage -----------------------------------------------------------------------------------

def test_without_a_storage_driver_the_scenarios_end_at_once(tmp_path: Path) -> None:
    pytest.importorskip("ziglang", reason="the samples need FreeBSD's headers from the `samples` extra")
    with Tree.open(assemble(SAMPLES / "sample", tmp_path / "tree")) as tree:
        install(tmp_path / "out", all_files(translate(tree, (), port_file=SAMPLES / "sample.toml")))
    specs = modules_from_portkit_json(tmp_path / "out")
    modules = modules_file([spec for spec in specs if not for_storage(spec)], tmp_path / "modules.toml")
    status, data, said = boot(tmp_path, "--source", str(tmp_path / "out"), "--modules", modules,
                              *chosen("boot", *SCENARIOS), "--cpus", "2")
    assert status == 0, said
    for run in data["runs"]:
        ids = {item["id"] for item in run["milestones"]}
        assert run["scenario"] == "boot" or ids <= {"leak-free"}, run
