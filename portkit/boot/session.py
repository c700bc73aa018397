"""`portkit boot` from beginning to end: check, build, run, and collect what came of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from portkit.boot.build import Build, build_simulator, check_tools
from portkit.boot.cache import Cache
from portkit.boot.check import Check, check_modules
from portkit.boot.findings import Findings
from portkit.boot.plan import Port, plan_text
from portkit.boot.run import Runner, RunResult
from portkit.boot.scenarios import BOOT, LIMIT, Run
from portkit.boot.symbols import Symbols
from portkit.errors import PortkitError
from portkit.illumos.compile import Compiler

Progress = Callable[[str], None]


@dataclass
class BuildRuns:
    """The runs of one build."""

    sanitize: tuple[str, ...]
    stubs: list[str]
    results: list[RunResult]


@dataclass
class BootResult:
    """What the boots showed."""

    port: Port
    compiler: Compiler
    builds: list[BuildRuns] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    check: Check | None = None              # of `portkit compile`; None before it was made
    faults: list[str] = field(default_factory=list)         # why something could not be built

    @property
    def results(self) -> list[RunResult]:
        return [result for build in self.builds for result in build.results]

    @property
    def ok(self) -> bool:
        built = self.check is not None and self.check.ok and not self.faults
        return built and bool(self.results) and all(result.ok for result in self.results)


class Session:
    """One `portkit boot`: holds the folder in which it builds, and removes it at the end."""

    def __init__(self, port: Port, compiler: Compiler, *, jobs: int = 1, limit: float = LIMIT,
                 disks: Sequence[Path] = (), progress: Progress = lambda what: None) -> None:
        self.port, self.compiler, self.jobs, self.progress = port, compiler, jobs, progress
        self.cache = Cache.open()
        self.runner = Runner(limit, disks)
        self.folder = Path(tempfile.mkdtemp(prefix="portkit-boot-"))
        self._builds: dict[tuple[str, ...], Build] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Session:
        self._stack.enter_context(self.runner.interruptible())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.runner.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.cache.prune()
        self._stack.close()

    def check(self) -> Check:
        """What `portkit compile` has to say about the modules."""
        return check_modules(self.port, self.compiler, self.cache, self.jobs, self.progress)

    def build(self, sanitize: Sequence[str]) -> Build:
        """The simulator and the modules with these sanitizers.  BuildError, PortkitError as build_simulator."""
        kinds = tuple(sanitize)
        if kinds not in self._builds:
            check_tools(self.compiler, kinds)
            into = self.folder / ("-".join(kinds) or "plain")
            self._builds[kinds] = build_simulator(self.port, self.compiler, into, cache=self.cache, sanitize=kinds,
                                                  jobs=self.jobs, progress=self.progress)
        return self._builds[kinds]

    def scenarios(self, sanitize: Sequence[str]) -> list[tuple[str, str]]:
        """Name and description of each scenario, as the simulator lists them."""
        listed = self.runner.list_scenarios(self.build(sanitize).simulator)
        if not listed:
            raise PortkitError("the simulator lists no scenarios", hint="this is a fault of portkit's own")
        return listed

    def run(self, sanitize: Sequence[str], runs: Sequence[Run], result: BootResult) -> None:
        """Run them all with one build, and add what they show to `result`."""
        build = self.build(sanitize)

        def done(one: RunResult) -> None:
            self.progress(one.run.title)

        results: list[RunResult] = []
        if not result.builds:
            # What binds to what is found once, by trial; the runs after this one are told.
            first = Run(BOOT, runs[0].cpus, runs[0].host, runs[0].seed)
            results = self.runner.run_all(build.simulator, build.plan, [first], 1, done)
            result.aliases = results[0].report.aliases
            if runs[0] != first:
                results = []
        build.plan.write_text(plan_text(self.port, build.objects, result.aliases), encoding="utf-8")
        results += self.runner.run_all(build.simulator, build.plan, runs[len(results):], self.jobs, done)
        symbols = Symbols(build.objects, build.simulator, self.port.source_map, self.port.folder)
        result.findings.add(results, symbols, " and ".join(sanitize))
        result.builds.append(BuildRuns(tuple(sanitize), build.stubs, results))
