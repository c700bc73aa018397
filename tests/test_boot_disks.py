"""`portkit boot --disk FILE`: what cannot be a disk is refused in one line, before anything is built; and the host's
SCSI device by itself, compiled with a guest that does as it is told."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from portkit.boot import disks
from portkit.boot.disks import check_disks
from portkit.boot.run import Runner
from portkit.boot.scenarios import Run
from portkit.cli import main
from portkit.errors import PortkitError


def image(folder: Path, name: str = "disk", size: int = 1 << 20) -> Path:
    file = folder / name
    file.write_bytes(b"")
    os.truncate(file, size)
    return file


def refused(folder: Path, *files: Path) -> str:
    """What the command says, with nothing to boot: it is the disk that is looked at first."""
    words = [word for file in files for word in ("--disk", str(file))]
    result = CliRunner().invoke(main, ["boot", str(folder / "port"), *words])
    assert result.exit_code == 2, result.output
    [line] = result.output.splitlines()
    return line


def test_a_disk_must_exist(tmp_path: Path) -> None:
    line = refused(tmp_path, tmp_path / "none")
    assert str(tmp_path / "none") in line and "no such disk image" in line and "truncate -s" in line


def test_a_directory_is_no_disk(tmp_path: Path) -> None:
    assert "is a directory" in refused(tmp_path, tmp_path)


def test_a_file_in_the_way_of_a_path(tmp_path: Path) -> None:
    assert "Not a directory" in refused(tmp_path, image(tmp_path) / "below")


def test_a_pipe_is_no_disk(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in refused(tmp_path, tmp_path / "pipe")


def test_an_empty_file_is_no_disk(tmp_path: Path) -> None:
    assert "is empty" in refused(tmp_path, image(tmp_path, size=0))


@pytest.mark.parametrize("size", [1, 511, 513, (1 << 20) + 100])
def test_a_disk_is_a_number_of_blocks(tmp_path: Path, size: int) -> None:
    line = refused(tmp_path, image(tmp_path, size=size))
    assert f"truncated: {size} bytes" in line and f"has {size % 512} bytes" in line


def test_a_disk_must_be_writable(tmp_path: Path) -> None:
    disk = image(tmp_path)
    disk.chmod(0o444)
    assert "cannot be written" in refused(tmp_path, disk)


def test_a_disk_on_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks.os, "access", lambda path, mode: not mode & os.W_OK)
    assert "cannot be written" in refused(tmp_path, image(tmp_path))


def test_the_same_disk_twice(tmp_path: Path) -> None:
    disk = image(tmp_path)
    assert "given twice" in refused(tmp_path, disk, disk)
    (tmp_path / "link").symlink_to(disk)
    assert f"also as {disk}" in refused(tmp_path, disk, tmp_path / "link")
    os.link(disk, tmp_path / "other")
    assert f"also as {disk}" in refused(tmp_path, disk, tmp_path / "other")


def test_the_first_wrong_one_is_named(tmp_path: Path) -> None:
    assert str(tmp_path / "bad") in refused(tmp_path, image(tmp_path), image(tmp_path, "bad", 5))


def test_too_many_disks(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="65 times"):
        check_disks([tmp_path / str(number) for number in range(65)])


def test_good_disks_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    image(tmp_path, "a")
    image(tmp_path, "b", 512)
    assert check_disks([Path("a"), Path("b")]) == [tmp_path.resolve() / "a", tmp_path.resolve() / "b"]


def test_every_run_is_told_of_the_disks(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    simulator = tmp_path / "simulator"
    simulator.write_text(f'#!/bin/sh\necho "$*" > {seen}\n')
    simulator.chmod(0o755)
    files = [image(tmp_path, "a"), image(tmp_path, "b c")]
    Runner(5, files).run(simulator, tmp_path / "plan", Run("boot"))
    assert f"--disk {files[0]} --disk {files[1]}" in seen.read_text()


# -- the host's SCSI device by itself (boot/host/storage.c) ------------------------------------------------------

@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    rig, host = Path(__file__).parent / "boot" / "host", Path(disks.__file__).parent / "host"
    program = tmp_path_factory.mktemp("storage") / "storage"
    subprocess.run(["gcc", "-std=gnu11", "-g", "-Wall", "-Wextra", "-Werror", "-iquote", str(host), "-iquote", str(rig),
                    *map(str, rig.glob("*.c")), *map(str, host.glob("stor*.c")), "-o", str(program)], check=True)
    return program


@pytest.mark.parametrize("release", ["2008R2", "2012", "2012R2", "2016", "2019"])
def test_the_scsi_device(storage: Path, release: str) -> None:
    done = subprocess.run([storage, release], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(("content", "blank"), [
    (b"", True),                                    # one hole
    (b"portkit test disk\n" + b"x" * 5000, True),   # an earlier run's
    (bytes(4096), True),
    (bytes(9999) + b"x", False),
    (b"portkit test disc", False),
])
def test_what_is_on_a_disk_of_the_users_stays(storage: Path, tmp_path: Path, content: bytes, blank: bool) -> None:
    disk = image(tmp_path)
    with disk.open("r+b") as file:
        file.write(content)
    before = disk.read_bytes()
    done = subprocess.run([storage, "2016", "blank" if blank else "used"], capture_output=True, text=True, check=False,
                          timeout=60, env={**os.environ, "disk": str(disk)})
    assert done.returncode == 0, done.stdout
    after = disk.read_bytes()
    assert after.startswith(b"portkit test disk\n") if blank else after == before


def test_one_run_at_a_time_has_the_disks(storage: Path, tmp_path: Path) -> None:
    disk = image(tmp_path)
    with disk.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        other = subprocess.Popen([storage, "2016", "blank"], env={**os.environ, "disk": str(disk)})
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        file.write(b"something else")
    assert other.wait(10) == 1          # it sees what has come upon the disk meanwhile
    assert disk.read_bytes().startswith(b"something else")
