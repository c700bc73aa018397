"""What the report says of results that are made up here: merging, order, and the words for trees and properties."""

from __future__ import annotations

from pathlib import Path

import pytest

from portkit.boot.check import Check
from portkit.boot.events import Frame, Milestone, Node, Panic, Report, Violation
from portkit.boot.findings import Findings
from portkit.boot.plan import Port
from portkit.boot.report import boot_json, finding_lines, milestones, node_line, print_boot, property_line
from portkit.boot.run import RunResult
from portkit.boot.scenarios import Run
from portkit.boot.session import BootResult, BuildRuns
from portkit.boot.symbols import Symbols, Where, _Line
from portkit.illumos.compile import Compiler
from portkit.illumos.sourcemap import SourceMap

# Addresses of a made-up build: 0x10.. in the driver, 0x20.. in the kernel, 0x30.. in the machine.
LINES = {
    Frame("d.so", 0x10): [_Line("deep", "./io/d.c", 5)],
    Frame("d.so", 0x11): [_Line("helper", "./io/d.h", 3), _Line("outer", "./io/d.c", 9)],
    Frame("d.so", 0x12): [_Line("attach", "./io/d.c", 20)],
    Frame("simulator", 0x20): [_Line("lock_check", "./kernel/lock.c", 1)],
    Frame("simulator", 0x21): [_Line("mutex_enter", "./kernel/lock.c", 2)],
    Frame("simulator", 0x22): [_Line("ndi_devi_online", "./kernel/ndi.c", 3)],
    Frame("simulator", 0x30): [_Line("hc_point", "./machine/sched.c", 3)],
    Frame("libc.so", 0x40): [_Line("memcpy", None, None)],
}


def stack(*offsets: int) -> tuple[Frame, ...]:
    objects = {1: "d.so", 2: "simulator", 3: "simulator", 4: "libc.so"}
    return tuple(Frame(objects[offset >> 4], offset) for offset in offsets)


@pytest.fixture
def symbols() -> Symbols:
    made = Symbols({"d": Path("d.so")}, Path("simulator"), SourceMap({"io/d.c": [(1, 50, "sys/dev/d.c", 101)]}))
    made._known = dict(LINES)
    return made


def result(run: Run, *violations: Violation, reached: tuple[Milestone, ...] = (), panics: tuple[Panic, ...] = ()
           ) -> RunResult:
    return RunResult(run, Report(milestones=list(reached), panics=list(panics)), violations=list(violations))


def test_a_stack_shows_drivers_and_the_function_that_they_called(symbols: Symbols) -> None:
    shown = symbols.stack(stack(0x30, 0x20, 0x21, 0x10, 0x11, 0x40, 0x22, 0x12, 0x22))
    assert [where.function for where in shown] == ["mutex_enter", "deep", "helper", "outer", "ndi_devi_online",
                                                   "attach"]
    assert shown[1] == Where("deep", "io/d.c", 5, "d", ("sys/dev/d.c", 105), False)
    assert shown[2].upstream is None and shown[2].inlined
    place = symbols.place(stack(0x20, 0x11))
    assert place is not None and (place.function, place.file, place.line) == ("helper", "io/d.h", 3)
    assert symbols.place(stack(0x20, 0x21)) is None
    # The thread sanitizer has no frames of the kernel, only the place in it that called the next one.
    assert [where.function for where in symbols.stack(stack(0x21, 0x10, 0x22, 0x12), whole=False)] == [
        "mutex_enter", "deep", "attach"]


def test_one_thing_is_one_finding(symbols: Symbols) -> None:
    first, second = Run("boot", 1), Run("fail-alloc", fail="all")
    found = Findings()
    found.add([result(first, Violation("lock", "of mutex 1", stack(0x21, 0x10))),
               result(second, Violation("lock", "of mutex 2", stack(0x10), fail=7),
                      Violation("leak", "other check", stack(0x10), fail=8),
                      Violation("lock", "other place", stack(0x12)),
                      Violation("lock", "of mutex 3", stack(0x10), fail=9))
               ], symbols, "")
    assert [(item.check, item.message, item.fails) for item in found.violations] == [
        ("lock", "of mutex 1", [7, 9]), ("leak", "other check", [8]), ("lock", "other place", [])]
    assert found.violations[0].runs == [first.title, second.title]
    found.add([result(first, Violation("lock", "of mutex 1", stack(0x10)))], symbols, "thread")
    assert found.violations[0].runs[-1] == "boot, 1 CPU, 2016 (thread)"


def test_a_race_is_one_whichever_side_is_seen_first(symbols: Symbols) -> None:
    found = Findings()
    one = Violation("race", "a", stack(0x10), more=(("Previous write of size 4", stack(0x12)),))
    other = Violation("race", "b", stack(0x12), more=(("Previous read of size 4", stack(0x10)),))
    nobodys = Violation("race", "c", stack(0x20), more=(("Previous read of size 4", stack(0x30)),))
    made = result(Run("boot"), one, other, nobodys)
    found.add([made], symbols, "thread")
    assert [item.message for item in found.violations] == ["a"]
    assert made.violations == [one, other]


def test_what_a_finding_says(symbols: Symbols) -> None:
    found = Findings()
    runs = [result(Run("boot", cpus), Violation("lock", "held", stack(0x21, 0x10), "taskq", 1)) for cpus in range(1, 7)]
    found.add(runs, symbols, "")
    lines = finding_lines(found.violations[0])
    assert lines[0] == "io/d.c:5: lock: held"
    assert lines[1].strip() == "upstream sys/dev/d.c:105"
    assert lines[2].strip() == "mutex_enter"
    assert lines[3].strip() == "d`deep  io/d.c:5  (upstream sys/dev/d.c:105)"
    assert lines[4].strip() == "in taskq on CPU 1"
    assert lines[5].endswith("boot, 4 CPUs, 2016; and 2 more")


def test_a_milestone_counts_as_reached_where_every_run_reached_it() -> None:
    results = [result(Run("boot", 1), reached=(Milestone("a", True, "1"), Milestone("b", True, "1"))),
               result(Run("boot", 2), reached=(Milestone("c", True, "2"), Milestone("b", False, "2"))),
               result(Run("boot", 4), reached=(Milestone("b", False, "4"), Milestone("a", True, "4")))]
    assert milestones(results) == [Milestone("a", True, "1"), Milestone("b", False, "2"), Milestone("c", True, "2")]
    assert [one.ok for one in results] == [True, False, False]


def test_nodes_and_properties_as_prtconf_has_them() -> None:
    def node(depth: int = 1, driver: str = "drv", instance: int = 0, attached: bool = True) -> Node:
        return Node(depth, "vmbus-device", "", "", driver, instance, attached)
    assert node_line(node()) == "vmbus-device, instance #0 (driver name: drv)"
    assert node_line(node(driver="", instance=-1, attached=False)) == "vmbus-device (driver not attached)"
    assert node_line(node(attached=False)) == "vmbus-device, instance #0 (driver name: drv) (driver not attached)"
    assert node_line(node(depth=0)) == "vmbus-device (driver name: drv)"
    assert property_line("state", "online") == "name='state' type=string items=1 value='online'"
    assert property_line("c", ["a", "b"]) == "name='c' type=string items=2 value='a' + 'b'"
    assert property_line("reg", [1, -1]) == "name='reg' type=int items=2 value=00000001.ffffffff"
    assert property_line("flag", True) == "name='flag' type=boolean"


def made(symbols: Symbols, *results: RunResult, check: Check | None = None) -> BootResult:
    boot = BootResult(Port(Path("."), []), Compiler("cc", "gcc", "cc 1"), check=check or Check([], {}, True))
    boot.findings.add(results, symbols, "")
    boot.builds.append(BuildRuns((), [], list(results)))
    return boot


def test_when_a_boot_is_clean(symbols: Symbols, capsys: pytest.CaptureFixture[str]) -> None:
    clean = made(symbols, result(Run("boot"), reached=(Milestone("a", True, "it is"),)))
    assert clean.ok
    print_boot(clean)
    out = capsys.readouterr().out
    assert "Boots clean: 1 run, 1 milestone," in out and "it is" in out and "Violations" not in out
    fault = result(Run("boot"))
    fault.fault = "the simulator was ended by SIGSEGV"
    wrong = [made(symbols, result(Run("boot"), Violation("lock", "m", stack(0x10)))),
             made(symbols, result(Run("boot"), panics=(Panic("bad mutex", stack(0x10)),))),
             made(symbols, result(Run("boot"), reached=(Milestone("a", False, "not"),))),
             made(symbols, fault),
             made(symbols, result(Run("boot")), check=Check(["m.c:1: warning: w"], {"modules": []}, True)),
             BootResult(clean.port, clean.compiler, check=clean.check)]
    assert [boot.ok for boot in wrong] == [False] * len(wrong)
    expected = ["1 violation", "1 panic", "1 milestone not reached", "1 run that did not end by itself",
                "warnings of the compiler"]
    for boot, text in zip(wrong, expected, strict=False):
        print_boot(boot)
        assert f"1 run: {text}." in capsys.readouterr().out


def test_the_machine_form_has_what_the_design_fixes(symbols: Symbols) -> None:
    data = boot_json(made(symbols, result(Run("boot"), Violation("lock", "m", stack(0x10)),
                                          reached=(Milestone("a", True, "e"),), panics=(Panic("p", stack(0x12)),))))
    assert data["milestones"] == [{"id": "a", "ok": True, "evidence": "e"}]
    [violation] = data["violations"]
    assert {key: violation[key] for key in ("check", "message", "file", "line", "upstream")} == {
        "check": "lock", "message": "m", "file": "io/d.c", "line": 5,
        "upstream": {"file": "sys/dev/d.c", "line": 105}}
    assert (data["panic"]["message"], data["panic"]["line"]) == ("p", 20)
    assert data["console"] == [] and "time" not in str(data["runs"])
