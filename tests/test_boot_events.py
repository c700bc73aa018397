"""The events of a simulator's run, and the findings of sanitizers, read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from portkit.boot.events import Frame, read_report
from portkit.boot.sanitizers import SANITIZER_OPTIONS, read_sanitizers
from portkit.boot.symbols import Symbols


def lines(*events: dict[str, object]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


def test_events_of_each_kind() -> None:
    report = read_report(lines(
        {"t": "console", "text": "Hyper-V Version: 10.0\n"},
        {"t": "milestone", "id": "loaded", "ok": True, "evidence": "8 modules"},
        {"t": "violation", "check": "lock", "message": "mutex_exit: not held", "thread": "t0", "cpu": 1, "time": 5,
         "stack": [["/x/a.so", 16], ["/x/simulator", 32]]},
        {"t": "panic", "message": "BAD TRAP", "thread": "t1", "cpu": 0, "stack": []},
        {"t": "tree", "nodes": [{"depth": 0, "name": "vmbus-device", "address": "1,0", "path": "/bus/vmbus-device@1,0",
                                 "driver": "hv_kvp", "instance": 0, "state": "attached", "devinfo": "0x7e00",
                                 "properties": {"classid": "ab", "irq": [1, 2]}}]},
        {"t": "aliases", "list": [["hv_kvp", "vmbus,cfc"]]},
        {"t": "end", "status": 0, "time": 1, "points": 2, "allocations": 3},
    ))
    assert report.broken is None and report.ended
    assert report.console == ["Hyper-V Version: 10.0"]
    assert [(m.id, m.ok, m.evidence) for m in report.milestones] == [("loaded", True, "8 modules")]
    [violation] = report.violations
    assert (violation.check, violation.thread, violation.cpu) == ("lock", "t0", 1)
    assert violation.stack == (Frame("/x/a.so", 16), Frame("/x/simulator", 32))
    assert [panic.message for panic in report.panics] == ["BAD TRAP"]
    [node] = report.tree
    assert node.attached and node.devinfo == "7e00"
    assert node.properties == (("classid", "ab"), ("irq", [1, 2]))
    assert report.aliases == [("hv_kvp", "vmbus,cfc")]


def test_what_a_child_reports_belongs_to_its_allocation() -> None:
    milestone = {"t": "milestone", "id": "down", "ok": True, "evidence": "-"}
    violation = {"t": "violation", "check": "leak", "message": "m"}
    report = read_report(lines(milestone, {"t": "run", "fail": 1}, violation, {"t": "console", "text": "one"},
                               {"t": "run", "fail": 2}, violation))
    assert report.fails == [1, 2]
    assert [item.fail for item in report.violations] == [1, 2]
    assert report.milestones[0].fail is None
    assert report.console == []         # a console a child would drown the first one's


def test_the_threads_of_a_hang_belong_to_it() -> None:
    threads = {"t": "threads", "list": [{"name": "taskq", "cpu": 0, "why": "cv_wait", "what": "sc->cv", "stack": []}]}
    with_violation = read_report(lines({"t": "violation", "check": "hang", "message": "no progress"}, threads))
    assert [item.message for item in with_violation.violations] == ["no progress"]
    assert with_violation.violations[0].more == (("taskq: cv_wait sc->cv", ()),)
    alone = read_report(lines(threads))
    assert [item.check for item in alone.violations] == ["hang"]


@pytest.mark.parametrize("line", [
    b"{", b"[]", b'{"t": 3}', b'{"t": "milestone", "ok": true}', b'{"t": "run"}', b"\xff\xfe",
    b'{"t": "violation", "check": "lock", "message": "m", "stack": [["a"]]}', b'{"t": "aliases", "list": [["a"]]}',
    b'{"t": "tree", "nodes": {}}', b'{"t": "threads", "list": [1]}', b'{"t": "tree", "nodes": [1]}',
])
def test_a_line_that_is_no_event_is_named(line: bytes) -> None:
    report = read_report([*lines({"t": "console", "text": "before"}), line, *lines({"t": "console", "text": "after"})])
    assert report.console == ["before"]
    assert report.broken is not None and "line 2" in report.broken


# -- sanitizers: the text is what this machine's compiler really prints ------------------------------------------

PROGRAM = """
#include <pthread.h>
#include <stdlib.h>
void __asan_poison_memory_region(void *, unsigned long) __attribute__((weak));
static int shared, table[4];
static char memory[64] __attribute__((aligned(8)));

static void *
other(void *arg)
{
\tshared++;	/* RACE */
\treturn (arg);
}

int
main(int argc, char **argv)
{
\tpthread_t t;
\tvolatile int big = 0x7fffffff;

\t(void) pthread_create(&t, NULL, other, NULL);
\tshared++;	/* RACE */
\t(void) pthread_join(t, NULL);
\tif (__asan_poison_memory_region != NULL) {
\t\t__asan_poison_memory_region(memory, 32);
\t\t((volatile char *)memory)[argc] = 1;	/* POISON */
\t}
\tbig += argc;	/* OVERFLOW */
\treturn (table[argc + 8] + (argv == NULL));	/* BOUNDS */
}
"""


def sanitized(tmp_path: Path, flags: str) -> tuple[Path, str]:
    """The program built with these sanitizers, and what it says."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    (tmp_path / "prog.c").write_text(PROGRAM, encoding="ascii")
    built = subprocess.run(["gcc", "-g", "-O1", "-fno-omit-frame-pointer", f"-fsanitize={flags}",
                            *(["-fsanitize-recover=all"] if flags != "thread" else []), "prog.c", "-o", "prog",
                            "-pthread"], cwd=tmp_path, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"gcc has no runtime for {flags}")
    done = subprocess.run([tmp_path / "prog"], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, **SANITIZER_OPTIONS})
    return tmp_path / "prog", done.stderr


def line_of(mark: str) -> list[int]:
    return [number for number, line in enumerate(PROGRAM.splitlines(), 1) if mark in line]


def test_address_and_undefined_findings(tmp_path: Path) -> None:
    program, said = sanitized(tmp_path, "address,undefined")
    symbols = Symbols({"prog": program}, None, folder=tmp_path)
    found = read_sanitizers(said)
    places = [(item.check, where.line) for item in found if (where := symbols.place(item.stack))]
    assert ("memory", line_of("POISON")[0]) in places
    assert ("undefined", line_of("OVERFLOW")[0]) in places
    assert ("undefined", line_of("BOUNDS")[0]) in places
    poison = next(item for item in found if item.check == "memory")
    assert poison.message.startswith("write of 1 bytes: memory that is freed")
    assert not any("0x" in item.message for item in found), "an address differs from run to run"


def test_a_race_has_both_stacks(tmp_path: Path) -> None:
    program, said = sanitized(tmp_path, "thread")
    if "ThreadSanitizer" in said and "data race" not in said:
        pytest.skip(f"the thread sanitizer does not run here: {said.splitlines()[0]}")
    symbols = Symbols({"prog": program}, None, folder=tmp_path)
    [race] = [item for item in read_sanitizers(said) if item.check == "race"]
    stacks = [race.stack, *(stack for _, stack in race.more)]
    assert sorted(where.line for stack in stacks if (where := symbols.place(stack)) and where.line) == line_of("RACE")
    assert len(race.more) == 1 and race.more[0][0].startswith("Previous")
    assert "0x" not in race.message + race.more[0][0] and "thread" not in race.more[0][0]


def test_other_text_is_no_finding() -> None:
    assert read_sanitizers("simulator: hello\n==12==a line that begins like one\nSUMMARY: nothing\n") == []
