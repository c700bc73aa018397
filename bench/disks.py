"""How fast a storage driver is, as a ratio to another driver set: `make bench`.

usage: python bench/disks.py [--source DIR --modules FILE [--gate GATE]]

Ours is what portkit makes of the tree that PORTKIT_FREEBSD names (the first, if it names several), with the modules
hv_vmbus, hv_utils and hv_storvsc; without a tree, the sample drivers.  The other set is any that `portkit boot` takes;
PORTKIT_BENCH_SOURCE, PORTKIT_BENCH_MODULES and PORTKIT_BENCH_GATE stand for the options where those are not given.
Both are compiled with the same headers: the gate's, if there is one.

Method.  The scenario disk-speed: 8 KiB reads anywhere on a disk, 1 and 32 at once, on 1 and 4 CPUs, of a host that
takes no time over a command.  IOPS are of virtual time (see scenario/disk_speed.c for what that says and what not): the
same on each machine, but for the seed, which decides what interrupts what; so the median of SEEDS counts.  Next to each
stands how many seconds of real time the simulator took for a run, of both depths, which is for the curious.

Exit status 1 where ours is slower than LEAST times the other at a point, or a run has a finding of its own.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from portkit.boot.command import Options, boot
from portkit.boot.plan import Port, open_port
from portkit.boot.scenarios import DISK_SPEED
from portkit.demo import SAMPLES
from portkit.errors import PortkitError
from portkit.output import install
from portkit.report.record import all_files
from portkit.translate import translate
from portkit.upstream import Tree
from portkit.upstream.sample_headers import assemble

SEEDS = (1, 2, 3)
LEAST = 1.0
REAL = ("hv_vmbus", "hv_utils", "hv_storvsc")
SCSI = "misc/scsi"

Point = tuple[int, int]                 # commands at once, CPUs
_SPEED = re.compile(r"^speed:(\d+)$")
_IOPS = re.compile(r"^(\d+) IOPS")


@dataclass
class Figures:
    """Of one driver set: IOPS and real seconds (of a run, so of both depths) by point."""

    iops: dict[Point, float]
    seconds: dict[Point, float]
    clean: bool                         # no run had a finding
    panics: dict[int, str]              # by number of CPUs, where it does not get that far


def measure(port: Port, cc: str) -> Figures:
    """Run the scenario with each of the seeds."""
    iops: dict[Point, list[float]] = {}
    seconds: dict[Point, list[float]] = {}
    panics: dict[int, str] = {}
    clean = True
    for seed in SEEDS:
        result = boot(port, cc, Options(scenarios=(DISK_SPEED,), seed=seed))
        clean = clean and result.ok
        for one in result.results:
            for panic in one.report.panics:
                panics.setdefault(one.run.cpus, f"it panics: {panic.message}")
            for item in one.report.milestones:
                depth, speed = _SPEED.match(item.id), _IOPS.match(item.evidence)
                if depth and speed:
                    point = int(depth[1]), one.run.cpus
                    iops.setdefault(point, []).append(float(speed[1]))
                    seconds.setdefault(point, []).append(one.seconds)
    return Figures({point: median(values) for point, values in iops.items()},
                   {point: median(values) for point, values in seconds.items()}, clean, panics)


def compare(ours: Port, other: Port | None, cc: str) -> bool:
    """Print a line for each point; whether ours keeps up."""
    mine = measure(ours, cc)
    theirs = measure(other, cc) if other is not None else Figures({}, {}, True, {})
    good = mine.clean
    if not mine.clean:
        print("  portkit boot has findings about ours: see portkit boot --scenario disk-speed")
    if not theirs.clean:
        print("  portkit boot has findings about the other set, which do not count here")
    if not mine.iops:
        print("  none of our modules serves a disk: nothing was measured")
        return False
    for point in sorted(mine.iops):
        depth, cpus = point
        line = f"  {depth:2} at once, {cpus} CPU{'s' if cpus > 1 else ' '}   {mine.iops[point]:9.0f} IOPS"
        if point in theirs.iops:
            ratio = mine.iops[point] / theirs.iops[point]
            kept = ratio >= LEAST
            good = good and kept
            line += (f"   other {theirs.iops[point]:9.0f}   ratio {ratio:5.2f}, at least {LEAST:.1f}: "
                     f"{'kept' if kept else 'MISSED'}   "
                     f"real time {mine.seconds[point]:.1f} s, {theirs.seconds[point]:.1f} s")
        elif other is not None:
            line += f"   other: no figure, {theirs.panics.get(cpus, 'its disk does not appear')}"
        else:
            line += f"   real time {mine.seconds[point]:.1f} s"
        print(line)
    return good


def our_port(folder: Path, gate: Path | None) -> tuple[str, Port]:
    """What portkit makes of the first tree, or of the samples, in `folder`; with its name."""
    places = [place for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]
    out = folder / "out"
    if places:
        with Tree.open(places[0]) as tree:
            install(out, all_files(translate(tree, REAL)))
            return f"FreeBSD {tree.revision}: {', '.join(REAL)}", open_port(out, gate=gate)
    with Tree.open(assemble(SAMPLES / "sample", folder / "tree")) as tree:
        install(out, all_files(translate(tree, (), port_file=SAMPLES / "sample.toml")))
        return "the sample drivers (PORTKIT_FREEBSD names no tree)", open_port(out, gate=gate)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="IOPS of our storage driver as a ratio to another driver set's.")
    for name in ("source", "modules", "gate"):
        parser.add_argument(f"--{name}", default=os.environ.get(f"PORTKIT_BENCH_{name.upper()}"), type=Path)
    parser.add_argument("--cc", default="gcc")
    given = parser.parse_args(words)
    other = open_port(Path("."), given.source, given.modules, given.gate) if given.source or given.modules else None
    with tempfile.TemporaryDirectory(prefix="portkit-bench-") as name:
        title, ours = our_port(Path(name), given.gate)
        print(f"8 KiB random reads, {title}")
        if not any(SCSI in spec.depends_on for spec in ours.modules):
            print("  none of the modules is for storage: nothing to measure")
            return 0
        if other is None:
            print("  no other driver set is given (--source DIR --modules FILE [--gate GATE], or "
                  "PORTKIT_BENCH_SOURCE, PORTKIT_BENCH_MODULES, PORTKIT_BENCH_GATE): no ratio")
        return 0 if compare(ours, other, given.cc) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PortkitError as error:
        sys.exit(f"bench: {error}")
