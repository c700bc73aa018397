"""Hand edits survive a resync: at random, some hundred at once (`pytest -s` prints the counts)."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest
import resync_kit as kit
from resync_kit import hand_edits, judge, resync, translate

from portkit.resync.lock import read_lock

SEED = 20261
EDITS = 500
FAMILY = ("hv_vmbus", "hv_utils", "hv_storvsc")


def write(out: Path, texts: dict[str, bytes]) -> None:
    for name, data in texts.items():
        (out / name).write_bytes(data)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """(port of the old tree, fresh port of the new one, the new tree): a driver of 120 functions, of which upstream
    changes, adds, removes and reorders some."""
    place = tmp_path_factory.mktemp("edits")
    made = kit.upstream(place / "tree")
    rng = random.Random(SEED)
    for name in ("alpha", "beta", "gamma"):
        made.put(**{f"{name}_c": kit.source(name, *(kit.step(number, f"gizmo_{name}") for number in range(40)))})
    translate(made.root, place / "old")
    for name in ("alpha", "beta", "gamma"):
        steps = [kit.step(number, f"gizmo_{name}", rng.randrange(1000) if rng.random() < 0.3 else None)
                 for number in range(40) if rng.random() < 0.95]
        for extra in range(3):
            steps.insert(rng.randrange(len(steps)), kit.step(100 + extra, f"gizmo_{name}"))
        made.put(**{f"{name}_c": kit.source(name, *steps)})
    made.version(1302001, "13.3")
    translate(made.root, place / "new")
    return place / "old", place / "new", made.root


@pytest.mark.parametrize("seed", [SEED, 1, 2, 3])
def test_random_edits_survive(ports: tuple[Path, Path, Path], tmp_path: Path, seed: int) -> None:
    old, new, tree = ports
    out = tmp_path / "out"
    shutil.copytree(old, out)
    before, later = read_lock(old).emitted, read_lock(new).emitted
    edits, edited = hand_edits(before, later, EDITS, seed)
    write(out, edited)
    result = resync(tree, out, "--json", tmp_path / "report.json", status=1)
    verdict = judge(edits, before, later, {name: (out / name).read_bytes() for name in later})
    print(f"\nmade-up driver, seed {seed}: {verdict}")
    report = json.loads((tmp_path / "report.json").read_text())
    assert verdict.lost == [] and verdict.needless == [] and verdict.upstream_lost == []
    assert verdict.there > EDITS / 2 and verdict.conflicts > 5, "the edits are too few or too far from upstream's"
    assert len(report["conflicts"]) == verdict.conflicts
    assert all(cause["hunk"] for item in report["conflicts"] for cause in item["causes"]), result.output


def test_without_edits_it_is_a_fresh_translation(ports: tuple[Path, Path, Path], tmp_path: Path) -> None:
    shutil.copytree(ports[0], tmp_path / "out")
    resync(ports[2], tmp_path / "out")
    assert kit.port_files(tmp_path / "out") == kit.port_files(ports[1])


# -- real trees ----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path, float]:
    """(port of the older tree, fresh port of the newer one, the newer tree, processor seconds of its translation)."""
    trees = [Path(place) for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]
    if len(trees) < 2:
        pytest.skip("PORTKIT_FREEBSD names no two FreeBSD trees")
    from portkit.upstream import Tree
    trees.sort(key=lambda tree: Tree.open(tree).freebsd_version)
    place = tmp_path_factory.mktemp("real")
    words = [word for name in FAMILY for word in ("-m", name)]
    assert kit.run("translate", trees[0], *words, "-o", place / "old").exit_code == 0
    start = time.process_time()
    assert kit.run("translate", trees[-1], *words, "-o", place / "new").exit_code == 0
    return place / "old", place / "new", trees[-1], time.process_time() - start


def test_real_trees_equal_a_fresh_translation(real: tuple[Path, Path, Path, float], tmp_path: Path) -> None:
    old, new, tree, seconds = real
    shutil.copytree(old, tmp_path / "out")
    start = time.process_time()
    resync(tree, tmp_path / "out")
    took = time.process_time() - start
    print(f"\ntranslated in {seconds:.1f} s, resynced in {took:.1f} s")
    assert kit.port_files(tmp_path / "out") == kit.port_files(new)
    assert took < 2 * seconds


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_random_edits_of_a_real_port_survive(real: tuple[Path, Path, Path, float], tmp_path: Path, seed: int) -> None:
    old, new, tree, seconds = real
    out = tmp_path / "out"
    shutil.copytree(old, out)
    before, later = read_lock(old).emitted, read_lock(new).emitted
    edits, edited = hand_edits(before, later, EDITS, seed)
    write(out, edited)
    start = time.process_time()
    resync(tree, out, status=1)
    took = time.process_time() - start
    verdict = judge(edits, before, later, {name: (out / name).read_bytes() for name in later})
    print(f"\nreal port, seed {seed}: {verdict}; {took:.1f} s against {seconds:.1f} s for the translation")
    assert verdict.lost == [] and verdict.needless == [] and verdict.upstream_lost == []
    assert verdict.there > EDITS / 2
    assert took < 2 * seconds
