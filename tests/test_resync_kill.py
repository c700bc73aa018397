"""A `portkit diff` that is killed at any moment leaves the port as it was, or as it is to be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import kill_kit
import pytest
import resync_kit as kit
from resync_kit import resync, translate

from portkit.cli import main
from portkit.resync.resync import resync as merge

Snapshot = Callable[[Path], dict[str, bytes | str]]
POINTS = 50
SEED = 5


@pytest.fixture
def ports(tmp_path: Path, snapshot: Snapshot) -> tuple[Path, Path, dict, dict]:
    """(tree, port, what it holds before, what it holds afterwards), with a hand edit and files of a person's own."""
    made = kit.upstream(tmp_path / "tree", steps=30)
    out = tmp_path / "place/out"
    translate(made.root, out)
    kit.edit(out / f"{kit.PORT}/steps.c", "value + 3;", "value + 33;")
    for number in range(20):
        (out / f"mine-{number}").write_bytes(b"mine")
    made.edit("steps.c", "value + 4;", "value + 40;")
    made.put(more_c=kit.source("More steps.", *(kit.step(number) for number in range(50, 60))))
    made.version(1302001, "13.3")
    before = snapshot(out)
    os.rename(out, tmp_path / "place/kept")
    kit_copy(tmp_path / "place/kept", out)
    resync(made.root, out)
    after = snapshot(out)
    assert before != after
    reset(out)
    return made.root, out, before, after


def kit_copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)


def reset(out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    kit_copy(out.parent / "kept", out)


def check(name: str, work: Callable[[], object], watch: Callable[[Callable[[], None]], None],
          ports: tuple[Path, Path, dict, dict], snapshot: Snapshot) -> None:
    """Kill it at random points of its way; then let it run to its end."""
    tree, out, before, after = ports
    counts = {"before": 0, "after": 0, "leavings": 0}
    known: set[Path] = set()
    for point in kill_kit.kills(work, watch, POINTS, SEED, lambda: reset(out)):
        found = snapshot(out)
        assert found in (before, after), f"event {point}: neither before nor after: {sorted(set(found) ^ set(before))}"
        counts["before" if found == before else "after"] += 1
        counts["leavings"] += set(leavings(out)) > known
        known = set(leavings(out))
    print(f"\n{name}: killed {POINTS} times, {counts}")
    assert counts["before"] + counts["after"] == POINTS and all(counts.values())
    resync(tree, out)
    assert snapshot(out) == after and leavings(out) == [], "what was left lying about is gone"


def leavings(out: Path) -> list[Path]:
    return list(out.parent.glob(f".{out.name}.portkit-*"))


@kill_kit.NEEDS
def test_the_command_is_killed(ports: tuple[Path, Path, dict, dict], snapshot: Snapshot) -> None:
    tree, out = ports[:2]
    check("the command", lambda: main(["diff", "--to", str(tree), "-o", str(out)], standalone_mode=False),
          kill_kit.system_calls, ports, snapshot)


@kill_kit.NEEDS
def test_the_exchange_is_killed(ports: tuple[Path, Path, dict, dict], snapshot: Snapshot) -> None:
    """The part that writes, alone: it is short, and few of the other points hit it."""
    tree, out = ports[:2]
    result = merge(out, tree)
    check("the exchange", result.install, kill_kit.every_call, ports, snapshot)


def test_killed_between_two_renames(ports: tuple[Path, Path, dict, dict], snapshot: Snapshot) -> None:
    """Where the file system cannot exchange folders, the old one steps aside for a moment: the next run finds it."""
    tree, out, before, after = ports
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    os.mkdir(out.parent / f".out.portkit-{gone}-abcd1234")
    os.rename(out, out.parent / f".out.portkit-{gone}-abcd1234.old")
    resync(tree, out)
    assert snapshot(out) == after and leavings(out) == []


def test_a_process_that_still_runs_is_left_alone(ports: tuple[Path, Path, dict, dict]) -> None:
    tree, out = ports[:2]
    theirs = out.parent / f".out.portkit-{os.getppid()}-abcd1234"
    theirs.mkdir()
    resync(tree, out)
    assert leavings(out) == [theirs]
