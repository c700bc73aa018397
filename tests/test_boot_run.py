"""Running simulators: limits, faults, order, and what is left behind.  The simulators here are small scripts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from portkit.boot import run as running
from portkit.boot.run import Runner, RunResult
from portkit.boot.scenarios import Run, choose_runs, parse_fail
from portkit.errors import PortkitError

KNOWN = ("boot", "reload", "hotplug", "fail-alloc", "module")


def simulator(tmp_path: Path, body: str) -> Path:
    """A program that is started as the simulator is; `say(event)` writes to its report."""
    file = tmp_path / "simulator"
    file.write_text(f"#!{sys.executable}\n" + textwrap.dedent("""\
        import json, os, signal, sys, time
        args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
        def say(**event):
            os.write(int(args["--report"]), json.dumps(event).encode() + b"\\n")
        def end(status=0):
            say(t="end", status=status, time=0, points=0, allocations=0)
            sys.exit(status)
        """) + textwrap.dedent(body), encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CLOCK_FACTOR", 1)
    monkeypatch.setattr(running, "GRACE", 0.5)


def one(tmp_path: Path, body: str, run: Run = Run("boot"), limit: float = 20) -> RunResult:  # noqa: B008
    return Runner(limit).run(simulator(tmp_path, body), tmp_path / "plan", run)


def test_a_run_that_finishes(tmp_path: Path) -> None:
    result = one(tmp_path, """
        say(t="console", text=" ".join(sys.argv[1:-2]))
        say(t="milestone", id="up", ok=True, evidence="e")
        end()
        """, Run("reload", 4, "2019", 7, "3"))
    assert result.ok and result.fault is None
    assert result.report.console == [f"--plan {tmp_path / 'plan'} --scenario reload --cpus 4 --host 2019 --seed 7 "
                                     "--fail-alloc 3 --jobs 1 --limit 20"]


@pytest.mark.parametrize(("body", "what"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
    ("os.write(2, b'it is broken\\n'); sys.exit(9)", "failed with status 9: it is broken"),
    ("sys.exit(0)", "without the end of its report"),
    ("sys.exit(4)", "panicked, and not why"),
    ("os.write(int(args['--report']), b'rubbish\\n'); end()", "report is broken"),
    ("while True: time.sleep(1)", "did not end within 1.5 s"),
    ("while True: pass", "did not end within 1.5 s"),
    ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", "did not end within 1.5 s"),
])
def test_a_run_that_fails_says_why(tmp_path: Path, body: str, what: str) -> None:
    began = time.monotonic()
    result = one(tmp_path, body, limit=1)
    assert result.fault is not None and what in result.fault
    assert not result.ok
    assert time.monotonic() - began < 15


def test_what_was_reported_before_the_end_is_kept(tmp_path: Path) -> None:
    result = one(tmp_path, """
        say(t="violation", check="lock", message="m", stack=[])
        os.write(int(args["--report"]), b'{"t": "cons')
        os.kill(os.getpid(), signal.SIGKILL)
        """)
    assert [item.check for item in result.violations] == ["lock"]
    assert result.report.broken is None
    assert result.fault is not None and "SIGKILL" in result.fault


def test_a_flood_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "OUTPUT_LIMIT", 1 << 20)
    result = one(tmp_path, """
        while True:
            say(t="console", text="x" * 1000)
        """)
    assert result.fault is not None and "more than 1 MB" in result.fault
    assert len(result.report.console) > 500


def test_a_hang_is_a_violation(tmp_path: Path) -> None:
    result = one(tmp_path, "end(5)")
    assert [item.check for item in result.violations] == ["hang"]
    assert not result.ok and result.fault is None


def test_a_panic_is_not_a_fault(tmp_path: Path) -> None:
    result = one(tmp_path, 'say(t="panic", message="bad mutex", stack=[]); end(4)')
    assert result.fault is None and not result.ok


def test_an_allocation_that_is_never_made(tmp_path: Path) -> None:
    result = one(tmp_path, "end(3)", Run("fail-alloc", fail="9999"))
    assert not result.reached and not result.ok and result.fault is None


def test_what_a_simulator_forked_goes_with_it(tmp_path: Path) -> None:
    result = one(tmp_path, """
        child = os.fork()
        if child == 0:
            time.sleep(60)
        say(t="console", text=str(child))
        end()
        """)
    child = int(result.report.console[0])
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
            # An init that does not reap leaves a zombie: dead all the same.
            if Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.05)
    pytest.fail("the child lives on")


def test_results_come_in_the_order_of_the_runs(tmp_path: Path) -> None:
    program = simulator(tmp_path, """
        time.sleep(0.5 if args["--cpus"] == "1" else 0)
        say(t="console", text=args["--cpus"])
        end()
        """)
    runs = [Run("boot", cpus) for cpus in (1, 2, 4)]
    results = Runner().run_all(program, tmp_path / "plan", runs, 3)
    assert [result.report.console for result in results] == [["1"], ["2"], ["4"]]


def test_sanitizer_findings_are_violations(tmp_path: Path) -> None:
    result = one(tmp_path, """
        os.write(2, b"a.c:3:5: runtime error: division by zero\\n    #0 0x10 /x/a.so\\n")
        os.write(2, b"portkit: --fail-alloc 6\\na.c:4:5: runtime error: division by zero\\n")
        end()
        """)
    assert [(item.check, item.message, item.place, item.fail) for item in result.violations] == [
        ("undefined", "division by zero", ("a.c", 3), None), ("undefined", "division by zero", ("a.c", 4), 6)]


def test_an_address_error_that_ends_the_run_is_the_finding(tmp_path: Path) -> None:
    result = one(tmp_path, """
        os.write(2, b"==1==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7f0000001234 at pc 0x1\\n"
                    b"READ of size 4 at 0x7f0000001234 thread T0\\n    #0 0x10 /x/a.so\\n")
        sys.exit(77)
        """)
    assert [item.check for item in result.violations] == ["memory"]
    assert result.fault is None and not result.ok


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, project: Path, number: int) -> None:
    program = simulator(tmp_path, f"""
        open("{tmp_path}/pid-" + args["--cpus"], "w").write(str(os.getpid()))
        time.sleep(60)
        """)
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(f"""\
        from pathlib import Path
        from portkit.boot.run import Runner
        from portkit.boot.scenarios import Run
        try:
            Runner().run_all(Path({str(program)!r}), Path("plan"), [Run("boot", 1), Run("boot", 2), Run("boot", 4)], 2)
        except KeyboardInterrupt:
            print("interrupted")
        """), encoding="utf-8")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": str(project)},
                               start_new_session=True)
    pids = [tmp_path / "pid-1", tmp_path / "pid-2"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not all(file.exists() and file.read_text() for file in pids):
        time.sleep(0.05)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert out == "interrupted\n"
    for file in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(file.read_text()), 0)
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "pid-4").exists()


# -- which runs ----------------------------------------------------------------------------------------------

def test_the_default_runs() -> None:
    runs = choose_runs(KNOWN)
    boots = [(run.cpus, run.host) for run in runs if run.scenario == "boot"]
    assert {cpus for cpus, host in boots if host == "2016"} == {1, 2, 4}
    assert {host for cpus, host in boots if cpus == 2} == {"2008R2", "2012", "2012R2", "2016", "2019"}
    assert len(boots) == len(set(boots)) == 7
    assert [run.scenario for run in runs if run.scenario != "boot"] == ["reload", "hotplug", "fail-alloc"]
    assert runs[-1].fail == "all" and all(run.fail is None for run in runs[:-1])


def test_chosen_runs() -> None:
    assert choose_runs(KNOWN, ["reload", "module"], cpus=4, host="2012", seed=9) == [
        Run("reload", 4, "2012", 9), Run("module", 4, "2012", 9)]
    assert choose_runs(KNOWN, fail="5") == [Run("fail-alloc", fail="5")]
    assert choose_runs(KNOWN, ["boot"], fail="all") == [Run("boot", fail="all")]
    assert choose_runs(KNOWN, ["fail-alloc"]) == [Run("fail-alloc", fail="all")]
    assert len(choose_runs(KNOWN, cpus=1, host="2019")) == 4        # each scenario once
    with pytest.raises(PortkitError, match="no scenario 'bot'.*boot"):
        choose_runs(KNOWN, ["bot"])


def test_runs_of_disks() -> None:
    known = [*KNOWN, "disk", "disk-load", "disk-speed"]
    runs = [run for run in choose_runs(known) if run.scenario.startswith("disk")]
    assert [run.host for run in runs if run.scenario == "disk"] == ["2008R2", "2012", "2012R2", "2016", "2019"]
    assert [run.cpus for run in runs if run.scenario == "disk-load"] == [4]
    assert "disk-speed" not in {run.scenario for run in runs}
    assert [run.cpus for run in choose_runs(known, ["disk-speed"])] == [1, 4]
    assert choose_runs(known, ["disk-speed", "disk-load"], cpus=2) == [Run("disk-speed", 2), Run("disk-load", 2)]


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1.5", "²"])
def test_fail_alloc_takes_a_number_or_all(text: str) -> None:
    with pytest.raises(PortkitError):
        parse_fail(text)
    assert parse_fail("all") == "all" and parse_fail("012") == "12" and parse_fail(None) is None


def test_a_run_says_what_it_is() -> None:
    assert Run("boot", 1, "2019").title == "boot, 1 CPU, 2019"
    assert json.dumps(Run("fail-alloc", fail="all").to_json(), sort_keys=True) == json.dumps(
        {"scenario": "fail-alloc", "cpus": 2, "host": "2016", "seed": 1, "fail_alloc": "all"}, sort_keys=True)
