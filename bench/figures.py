"""The figures that a port of hv_vmbus, hv_utils and hv_storvsc is judged by, from real trees.

usage: python bench/figures.py        (PORTKIT_FREEBSD and PORTKIT_GATE name trees and gates, colon-separated)

Prints, for each tree: what is left, the share of uses that go through support code, how close the text is
to upstream, the share of lines that rows and port-file entries naming the family made, what cstyle says,
every compiler against every set of headers, and what other drivers leave, which have no port file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from portkit.illumos.compile import compile_port, modules_from_portkit_json
from portkit.output import install
from portkit.report.record import all_files, port_record
from portkit.rules.loader import load_rules
from portkit.translate import Result, translate
from portkit.upstream import Tree

MODULES = ("hv_vmbus", "hv_utils", "hv_storvsc")
SMALL = ("virtio_random", "smbus", "coretemp", "amdtemp", "amdsmn", "ulpt", "virtio_balloon",
         "virtio_scsi", "aha", "vpo", "hptiop", "trm", "sbp", "umass", "ciss", "mfip")


def places(variable: str) -> list[Path]:
    return [Path(place) for place in os.environ.get(variable, "").split(":") if place]


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def named_lines(result: Result) -> tuple[int, int]:
    """(lines that a row of the port file made or that a table's row with the family's name made, all lines)."""
    named = {rule.id for rule in load_rules((), result.port.rows).rules
             if rule.user or any(word in (rule.pattern.text + rule.emit_text).lower()
                                 for word in ("hyperv", "hyper-v", "vmbus"))}
    lines = [line for emitted in result.translation.files.values() for line in emitted.lines]
    extra = sum(data.count(b"\n") for path, data in result.files.items() if path not in result.origin)
    return sum(any(rule in named for rule in line.rules) for line in lines), len(lines) + extra


def one_tree(path: Path, gates: list[Path]) -> None:
    with Tree.open(path) as tree, tempfile.TemporaryDirectory() as folder:
        result = translate(tree, MODULES)
        out = Path(folder) / "out"
        install(out, all_files(result))
        record = port_record(result)
        print(f"FreeBSD {tree.revision}")
        uses: Counter[str] = Counter()
        used: dict[str, Counter[str]] = {}
        lines: dict[str, Counter[str]] = {}
        for module in record["modules"]:
            uses.update(module["uses"])
            if module["from"]:
                used.setdefault(module["from"], Counter()).update(module["uses"])
                lines.setdefault(module["from"], Counter()).update(module["lines"])
        print(f"  uses {uses['total']}: " + ", ".join(
            f"{kind} {uses[kind]}" for kind in ("same", "native", "template", "support", "dropped", "residue")))
        print(f"  support {share(uses['support'], uses['total'])} of all uses")
        for name, count in lines.items():
            total = sum(count.values())
            print(f"  {name}: {total} lines, {share(count['verbatim'], total)} verbatim, "
                  f"{share(count['verbatim'] + count['rewritten'], total)} verbatim or rewritten; "
                  f"support {share(used[name]['support'], used[name]['total'])} of {used[name]['total']} uses")
        named, total = named_lines(result)
        print(f"  rows and port-file entries that name the family: {share(named, total)} of {total} lines")
        for gate in gates:
            style = gate / "usr/src/tools/scripts/cstyle.pl"
            if style.exists() and shutil.which("perl"):
                files = [str(out / name) for name in sorted(result.files) if name.suffix in (".c", ".h")]
                said = subprocess.run(["perl", str(style), "-pP", *files], capture_output=True, check=False).stdout
                print(f"  cstyle of {gate.name}: {len(said.splitlines())} messages on {len(files)} files")
        for cc in ("gcc", "clang"):
            if not shutil.which(cc):
                print(f"  {cc}: not on this machine")
                continue
            for headers in (None, *gates):
                done = compile_port(out, modules_from_portkit_json(out), gate=headers, cc=cc, jobs=2)
                print(f"  {cc}, {'embedded headers' if headers is None else headers.name}: "
                      f"{sum(len(one.errors) for one in done.modules)} errors, "
                      f"{sum(len(one.warnings) for one in done.modules)} warnings, "
                      f"{sum(len(one.undefined) for one in done.modules)} undefined")
                done.close()
        for name in SMALL:
            if name in tree.modules():
                small = translate(tree, [name])
                count = Counter[str]()
                for emitted in small.translation.files.values():
                    count.update(emitted.uses)
                total = sum(count.values())
                print(f"  {name} without a port file: {share(total - count['residue'], total)} of {total} uses "
                      "are not residue")


def main() -> int:
    trees = places("PORTKIT_FREEBSD")
    if not trees:
        print("PORTKIT_FREEBSD names no tree", file=sys.stderr)
        return 2
    for path in trees:
        one_tree(path, places("PORTKIT_GATE"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
