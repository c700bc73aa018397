"""The drivers that portkit emits from real trees, booted: every scenario, every sanitizer, and real gates' headers.

PORTKIT_FREEBSD and PORTKIT_GATE name the trees; without them these tests are skipped.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from boot_kit import boot, portkit

MODULES = ("hv_vmbus", "hv_utils", "hv_storvsc")
SERVICES = ("heartbeat", "shutdown", "timesync-sample", "timesync-sync", "kvp-register", "kvp-get", "kvp-set",
            "kvp-enumerate", "vss-freeze", "vss-thaw")
DISKS = ("disk-list", "disk-io", "disk-sizes", "disk-sizes-large", "disk-buffers", "disk-random", "disk-huge",
         "disk-4k", "disk-identity", "names-reversed", "names-reload", "load-luns", "load-one-lun", "load-channels",
         "error:busy", "error:no-sense", "error:reset-bus", "error:abort", "never-read", "late", "dump",
         "dump-panic-busy", "disk-added:1", "disk-removed:1", "adapter-removed", "detach-busy", "reload-disks")


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """A translation of each tree, made when it is first asked for."""

    class Ports(dict):
        def __missing__(self, tree: Path) -> Path:
            out = tmp_path_factory.mktemp("port") / "out"
            done = portkit("translate", str(tree), *(word for name in MODULES for word in ("-m", name)), "-o", str(out))
            assert done.returncode == 0, done.stderr
            self[tree] = out
            return out

    return Ports()


@pytest.mark.parametrize("sanitize", ["none", "address,undefined", "thread"])
def test_emitted_drivers_pass_every_scenario(freebsd_tree: Path, ports: dict[Path, Path], sanitize: str,
                                             tmp_path: Path) -> None:
    status, data, said = boot(tmp_path, str(ports[freebsd_tree]), "--sanitize", sanitize)
    assert data["violations"] == [], said
    assert data["panic"] is None, said
    assert all(item["ok"] for item in data["milestones"]), said
    assert status == 0, said
    evidence = {item["id"]: item["evidence"] for item in data["milestones"]}
    assert set(evidence) >= {*SERVICES, *DISKS}
    assert "Msft" in evidence["disk-list"] and "Virtual Disk" in evidence["disk-list"]
    assert {run["host"] for run in data["runs"] if run["scenario"] == "disk"} == {run["host"] for run in data["runs"]}
    most = re.search(r"(\d+) at once with the host", evidence["load-luns"])
    assert most is not None and int(most[1]) >= 128
    assert {run["scenario"] for run in data["runs"]} >= {"boot", "reload", "hotplug", "twins", "storms", "slow-host",
                                                         "silent-host", "wrong-host", "fail-alloc", "disk",
                                                         "disk-names", "disk-load", "disk-errors", "disk-timeouts",
                                                         "disk-dump", "disk-remove"}
    assert {run["cpus"] for run in data["runs"]} == {1, 2, 4}
    assert {run["host"] for run in data["runs"]} == {"2008R2", "2012", "2012R2", "2016", "2019"}
    [fails] = [run["fails"] for run in data["runs"] if run["scenario"] == "fail-alloc"]
    assert fails > 200                  # each allocation that can fail, did
    assert any("Hyper-V Version: " in line for line in data["console"])
    assert any("Msft-Virtual Disk" in line for line in data["console"])
    assert any("Features=0x" in line and "SYNIC" in line for line in data["console"])


def test_emitted_drivers_boot_with_the_headers_of_a_gate(freebsd_tree: Path, gate: Path, ports: dict[Path, Path],
                                                         tmp_path: Path) -> None:
    status, _, said = boot(tmp_path, str(ports[freebsd_tree]), "--gate", str(gate), "--scenario", "boot")
    assert status == 0, said


@pytest.mark.parametrize("seed", range(2, 6))
def test_other_schedules(freebsd_tree: Path, ports: dict[Path, Path], seed: int, tmp_path: Path) -> None:
    status, _, said = boot(tmp_path, str(ports[freebsd_tree]), "--seed", str(seed), "--cpus", "4", "--sanitize",
                           "thread")
    assert status == 0, said


def test_the_same_seed_gives_the_same_report(freebsd_tree: Path, ports: dict[Path, Path], tmp_path: Path) -> None:
    first, second = (boot(tmp_path, str(ports[freebsd_tree]), "--scenario", "storms", "--seed", "9")[:2]
                     for _ in range(2))
    assert second == first


def without_mends(tree: Path, modules: tuple[str, ...], tmp_path: Path) -> Path:
    """The port as translated without the rows that mend upstream's own mistakes."""
    rows = (Path(__file__).resolve().parent.parent / "drivers-in" / "hyperv.toml").read_text().split("[[rule]]")
    kept = [text for text in rows[1:] if "mends = true" not in text]
    port_file = tmp_path / "hyperv.toml"
    port_file.write_text("[[rule]]".join([rows[0], *kept]))
    out = tmp_path / "out"
    done = portkit("translate", str(tree), *(word for name in modules for word in ("-m", name)), "-o", str(out),
                   "--port", str(port_file))
    assert done.returncode == 0, done.stderr
    return out


def test_without_its_mends_the_port_is_caught(freebsd_tree: Path, tmp_path: Path) -> None:
    out = without_mends(freebsd_tree, MODULES[:2], tmp_path)
    status, data, said = boot(tmp_path, str(out), "--sanitize", "address,undefined")
    assert status == 1
    files = {Path(item["file"]).name for item in [*data["violations"], *data["panics"]] if item["file"]}
    assert {"hv_kvp.c", "hv_snapshot.c"} <= files, said
    missed = {item["id"] for item in data["milestones"] if not item["ok"]}
    assert "kvp-set-wide" in missed, said


def test_without_its_mends_the_storage_driver_is_caught(freebsd_tree: Path, tmp_path: Path) -> None:
    out = without_mends(freebsd_tree, MODULES, tmp_path)
    status, data, said = boot(tmp_path, str(out), "--scenario", "disk", "--scenario", "disk-dump")
    assert status == 1
    assert any(Path(item["file"]).name.startswith("hv_storvsc") for item in data["violations"] if item["file"]), said
    missed = {item["id"] for item in data["milestones"] if not item["ok"]}
    assert missed & {"dump", "dump-busy-adapter", "dump-panic"} or data["panic"] is not None, said
