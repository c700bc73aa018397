"""Runs the simulator: one process for each run, with limits, and reads what it reported.

A process gets a group of its own, which is killed when its time is over or the user interrupts: nothing is left behind,
whatever the driver under test does.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from portkit.boot.events import Report, Violation, read_report
from portkit.boot.sanitizers import ADDRESS_STATUS, SANITIZER_OPTIONS, read_sanitizers
from portkit.boot.scenarios import LIMIT, Run

CLOCK_FACTOR = 3            # seconds by the clock for each of them
SERIES_FACTOR = 4           # a run of --fail-alloc all is many
GRACE = 5.0                 # seconds to report in, before it is killed
OUTPUT_LIMIT = 64 << 20     # bytes of report, and of standard error
_LOOK = 0.2                 # seconds between looks at their size

# The simulator's exit statuses (scenario and machine agree on them).
FINISHED, NOT_REACHED, PANIC, HANG = 0, 3, 4, 5


@dataclass
class RunResult:
    """What one run came to."""

    run: Run
    report: Report
    seconds: float = 0.0            # of real time
    fault: str | None = None        # why the run did not end as a run should: a fault of the simulator, or the limit
    violations: list[Violation] = field(default_factory=list)       # the kernel's, the host's and the sanitizers'
    reached: bool = True            # False: there are fewer allocations than --fail-alloc asked for

    @property
    def ok(self) -> bool:
        return not (self.fault or self.violations or self.report.panics) and self.reached \
            and all(milestone.ok for milestone in self.report.milestones)


class Runner:
    """Runs simulators, several at once, and ends them all when it is told to."""

    def __init__(self, limit: float = LIMIT, disks: Sequence[Path] = ()) -> None:
        self.limit = limit
        self.disks = [word for disk in disks for word in ("--disk", os.fspath(disk))]
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(self, simulator: Path, plan: Path, run: Run, jobs: int = 1) -> RunResult:
        """Run it to its end, or to the limit.  `jobs` of a series of --fail-alloc all run at once."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="portkit-run-") as folder:
            report_file, error_file = Path(folder) / "report", Path(folder) / "errors"
            limit = self.limit * CLOCK_FACTOR * (SERIES_FACTOR if run.fail == "all" else 1)
            command = [os.fspath(simulator), "--plan", os.fspath(plan), *run.arguments, "--jobs", str(jobs),
                       "--limit", str(math.ceil(self.limit)), *self.disks]
            status, why = self._spawn(command, Path(folder), report_file, error_file, limit + GRACE)
            said = error_file.read_bytes().decode("utf-8", "replace")
            lines = report_file.read_bytes().split(b"\n")
        if why is not None or status not in (FINISHED, NOT_REACHED, PANIC, HANG):
            lines = lines[:-1]          # it may have ended in the middle of a line
        report = read_report(lines)
        result = RunResult(run, report, time.monotonic() - began)
        result.violations = [*report.violations, *read_sanitizers(said)]
        result.reached = status != NOT_REACHED
        result.fault = why or _fault(status, report, said)
        if status == ADDRESS_STATUS and any(violation.check == "memory" for violation in result.violations):
            result.fault = None         # the finding says it
        if result.fault is None and status == HANG and not any(v.check == "hang" for v in result.violations):
            result.violations.append(Violation("hang", "nothing goes on"))
        return result

    def list_scenarios(self, simulator: Path) -> list[tuple[str, str]]:
        """(name, what it does) of each scenario that the simulator has."""
        with tempfile.TemporaryDirectory(prefix="portkit-run-") as folder:
            plan, report_file = Path(folder) / "plan", Path(folder) / "report"
            plan.write_bytes(b"")
            self._spawn([os.fspath(simulator), "--plan", os.fspath(plan), "--list", "yes"], Path(folder), report_file,
                        Path(folder) / "errors", self.limit)
            return read_report(report_file.read_bytes().split(b"\n")).scenarios

    def run_all(self, simulator: Path, plan: Path, runs: Sequence[Run], jobs: int,
                progress: Callable[[RunResult], None] = lambda result: None) -> list[RunResult]:
        """All runs, up to `jobs` at once; results in the order of `runs`."""
        def one(run: Run, at_once: int = 1) -> RunResult:
            result = self.run(simulator, plan, run, at_once)
            progress(result)
            return result

        with self.interruptible(), ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            try:
                single = {at: pool.submit(one, run) for at, run in enumerate(runs) if run.fail != "all"}
                done = {at: future.result() for at, future in single.items()}
                # A series runs several at once by itself.
                for at, run in enumerate(runs):
                    if at not in done:
                        done[at] = pool.submit(one, run, jobs).result()
                return [done[at] for at in range(len(runs))]
            except BaseException:
                self.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Inside, SIGTERM and SIGHUP are as Ctrl-C: no simulator outlives this process."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(number: int, frame: FrameType | None) -> None:
            raise KeyboardInterrupt

        kept = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Kill all that runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _kill_group(process)

    def _spawn(self, command: list[str], folder: Path, report_file: Path, error_file: Path,
               limit: float) -> tuple[int, str | None]:
        """(exit status, why it was ended, if it was)."""
        with open(report_file, "wb") as report, open(error_file, "wb") as errors:
            with self._lock:
                if self._stopped:
                    raise KeyboardInterrupt
                process = subprocess.Popen(
                    [*command, "--report", str(report.fileno())], pass_fds=[report.fileno()], cwd=folder,
                    stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True,
                    env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TMPDIR": os.fspath(folder),
                         **SANITIZER_OPTIONS})
                self._running.add(process)
            try:
                # Not the size of files: the simulator's physical memory is one.
                _set_limit(process.pid, resource.RLIMIT_CORE, 0)
                _set_limit(process.pid, resource.RLIMIT_CPU, int(limit) + 30)
                status, why = self._wait(process, limit, (report_file, error_file))
            finally:
                _kill_group(process)        # what it may have forked, too
                process.wait()
                with self._lock:
                    self._running.discard(process)
        if why is None and status == -signal.SIGXCPU:
            why = f"used more than {int(limit) + 30} s of processor time, and was stopped"
        return status, why

    def _wait(self, process: subprocess.Popen[bytes], limit: float, outputs: Sequence[Path]) -> tuple[int, str | None]:
        """Wait for the end, for the limit, or for an output that grows without end."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            try:
                return process.wait(min(_LOOK, max(deadline - time.monotonic(), 0))), None
            except subprocess.TimeoutExpired:
                if any(file.stat().st_size > OUTPUT_LIMIT for file in outputs):
                    return -signal.SIGKILL, f"reported more than {OUTPUT_LIMIT >> 20} MB, and was stopped"
        # It may have something to say yet.
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            process.terminate()
            process.wait(GRACE)
        return -signal.SIGKILL, f"did not end within {limit:g} s of real time, and was stopped"


def _set_limit(pid: int, what: int, value: int) -> None:
    try:
        _, hard = resource.prlimit(pid, what)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.prlimit(pid, what, (value, value))
    except (OSError, ValueError):
        pass        # it has ended already


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _fault(status: int, report: Report, said: str) -> str | None:
    """What is wrong with a run, if it did not end as the simulator's runs do."""
    last = [line.strip() for line in said.splitlines() if line.strip()]
    telling = f": {last[-1]}" if last else ""
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"the simulator was ended by {name}{telling}"
    if status not in (FINISHED, NOT_REACHED, PANIC, HANG):
        return f"the simulator failed with status {status}{telling}"
    if report.broken is not None:
        return f"the simulator's report is broken: {report.broken}"
    if status == PANIC and not report.panics:
        return "the simulator says that the kernel panicked, and not why"
    if status == FINISHED and not report.ended:
        return "the simulator ended without the end of its report"
    return None
