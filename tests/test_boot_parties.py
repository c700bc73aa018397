"""The host, the kernel and the drivers are separate parties: what each may include, and that a structure which a
driver got wrong is caught by the host."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from boot_kit import boot

from portkit.illumos.compile import embedded_include

BOOT = Path(__file__).resolve().parent.parent / "portkit" / "boot"


def includes(source: Path, *flags: str) -> set[Path]:
    """Every file that the compiler reads for `source`."""
    done = subprocess.run(["gcc", "-M", *flags, str(source)], capture_output=True, text=True, check=True)
    words = done.stdout.replace("\\\n", " ").split(":", 1)[1].split()
    return {Path(word).resolve() for word in words}


def is_system(path: Path) -> bool:
    return str(path).startswith("/usr/")


@pytest.mark.parametrize("source", sorted((BOOT / "host").glob("*.c")), ids=lambda path: path.name)
def test_host_includes_its_own_headers_the_boundary_and_libc(source: Path) -> None:
    for path in includes(source, "-std=gnu11"):
        assert is_system(path) or path.parent == BOOT / "host" or path == BOOT / "machine" / "machine.h", path


@pytest.mark.parametrize("source", sorted((BOOT / "machine").glob("*.c")), ids=lambda path: path.name)
def test_machine_knows_neither_kernel_nor_host(source: Path) -> None:
    for path in includes(source, "-std=gnu11"):
        assert is_system(path) or path.parent == BOOT / "machine", path


@pytest.mark.parametrize("source", sorted((BOOT / "scenario").glob("*.c")), ids=lambda path: path.name)
def test_scenarios_see_the_two_control_interfaces_only(source: Path) -> None:
    allowed = {BOOT / "machine" / "machine.h", BOOT / "kernel" / "kern_ctl.h", BOOT / "host" / "host_ctl.h"}
    for path in includes(source, "-std=gnu11"):
        assert path.parent == BOOT / "scenario" or path in allowed or is_system(path), path


@pytest.mark.parametrize("source", sorted([*(BOOT / "kernel").glob("*.c"), *(BOOT / "klib").glob("*.c")]),
                         ids=lambda path: path.name)
def test_kernel_includes_the_ddi_and_the_boundary(source: Path) -> None:
    ddi = embedded_include().resolve()
    for path in includes(source, "-std=gnu99", "-nostdinc", "-D_KERNEL", "-D__sun", "-D__SVR4", "-Ulinux",
                         "-U__linux__", "-isystem", str(ddi)):
        assert ddi in path.parents or path.parent in (BOOT / "kernel", BOOT / "klib") or \
            path == BOOT / "machine" / "machine.h", path


def test_no_name_of_a_driver_in_the_simulator() -> None:
    """What the kernel, the machine and the host know, they know of any driver."""
    for source in [*BOOT.rglob("*.[ch]"), *BOOT.glob("*.py")]:
        text = source.read_text()
        for name in re.findall(r"\bhv_(?:vmbus|kvp|vss|heartbeat|shutdown|timesync|storvsc|netvsc)0?\b|\bhvs_\w+",
                               re.sub(r"/\*.*?\*/|\"\"\".*?\"\"\"|#.*", "", text, flags=re.DOTALL)):
            # The host's own names for its parts start alike.
            assert source.parent.name == "host" or "samples" in source.name, f"{source}: {name}"


@pytest.fixture(scope="module")
def sample_port(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("ziglang", reason="the samples need FreeBSD's headers from the `samples` extra")
    out = tmp_path_factory.mktemp("port") / "out"
    subprocess.run([sys.executable, "-m", "portkit", "demo", "-o", str(out)], capture_output=True, check=True)
    return out


def test_a_message_one_field_too_long_is_refused_by_the_host(sample_port: Path, tmp_path: Path) -> None:
    port = tmp_path / "port"
    shutil.copytree(sample_port, port)
    [header] = port.rglob("hvs_proto.h")
    text = header.read_text()
    longer = re.sub(r"(struct hvs_ctl_contact \{.*?)(\n\} )", r"\1\n\tuint64_t\tct_extra;\2", text, count=1,
                    flags=re.DOTALL)
    longer = longer.replace("sizeof (struct hvs_ctl_contact) == 40", "sizeof (struct hvs_ctl_contact) == 48")
    assert longer.count("ct_extra") == 1 and "== 48" in longer
    header.write_text(longer)
    _, report, _ = boot(tmp_path, str(port), "--scenario", "boot", "--cpus", "2")
    protocol = [v for v in report["violations"] if v["check"] == "protocol"]
    assert protocol, report["violations"]
    assert "48" in protocol[0]["message"] and "40" in protocol[0]["message"], protocol[0]
    assert protocol[0]["file"] is not None and protocol[0]["line"] is not None


def test_the_sample_as_it_is_breaks_nothing(sample_port: Path, tmp_path: Path) -> None:
    _, report, _ = boot(tmp_path, str(sample_port), "--scenario", "boot", "--cpus", "2")
    assert report["violations"] == []
    assert report["panic"] is None
    assert all(milestone["ok"] for milestone in report["milestones"]), report["milestones"]
