"""What the runs found, each thing once: violations by check and place, panics by message and place, with their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from portkit.boot.events import Panic, Violation
from portkit.boot.run import RunResult
from portkit.boot.symbols import Symbols, Where, upstream_json


@dataclass
class Finding:
    """A violation or a panic with its places in the source, and the runs in which it came up."""

    check: str                      # "panic" for a panic
    message: str
    where: Where | None             # the innermost place in a module
    stack: list[Where]
    more: list[tuple[str, list[Where]]] = field(default_factory=list)
    thread: str | None = None
    cpu: int | None = None
    runs: list[str] = field(default_factory=list)
    fails: list[int] = field(default_factory=list)      # allocations whose failure leads to it

    @property
    def key(self) -> tuple[str, ...]:
        """The same for the same thing.  A race has two places, whichever side is seen first."""
        places = [self.where]
        if self.check == "race":
            places += [next((frame for frame in stack if frame.module is not None), None) for _, stack in self.more[:1]]
        known = [f"{where.file}:{where.line}" for where in places if where is not None and where.file is not None]
        return (self.check, *(sorted(known) or [self.message]))

    def to_json(self) -> dict[str, Any]:
        where = self.where
        return {"check": self.check, "message": self.message, "module": where.module if where else None,
                "file": where.file if where else None, "line": where.line if where else None,
                "function": where.function if where else None,
                "upstream": upstream_json(where.upstream) if where else None,
                "thread": self.thread, "cpu": self.cpu, "stack": [frame.to_json() for frame in self.stack],
                "more": [{"title": title, "stack": [frame.to_json() for frame in stack]} for title, stack in self.more],
                "runs": self.runs, "fail_alloc": self.fails}


@dataclass
class Findings:
    violations: list[Finding] = field(default_factory=list)
    panics: list[Finding] = field(default_factory=list)

    def add(self, results: Sequence[RunResult], symbols: Symbols, build: str) -> None:
        """Add what these runs found; `build` names their sanitizers, empty for none."""
        symbols.learn([stack for result in results for violation in result.violations
                       for stack in (violation.stack, *(more for _, more in violation.more))]
                      + [panic.stack for result in results for panic in result.report.panics])
        for result in results:
            title = f"{result.run.title}{f' ({build})' if build else ''}"
            result.violations = [item for item in result.violations if _of_a_driver(item, symbols)]
            for violation in result.violations:
                _merge(self.violations, _violation(violation, symbols), title, violation.fail)
            for panic in result.report.panics:
                _merge(self.panics, _panic(panic, symbols), title, panic.fail)


def _of_a_driver(violation: Violation, symbols: Symbols) -> bool:
    """Whether it concerns a module: in a race of the simulator with itself, nobody's driver is at fault."""
    return violation.check != "race" or any(symbols.place(stack) for stack in (violation.stack, *(
        stack for _, stack in violation.more)))


def _violation(violation: Violation, symbols: Symbols) -> Finding:
    where = symbols.place(violation.stack)
    if where is None and violation.place is not None:
        where = Where("", violation.place[0], violation.place[1])
    whole = violation.check != "race"
    more = [(title, symbols.stack(stack, whole)) for title, stack in violation.more if stack != violation.stack]
    return Finding(violation.check, violation.message, where, symbols.stack(violation.stack, whole), more,
                   violation.thread, violation.cpu)


def _panic(panic: Panic, symbols: Symbols) -> Finding:
    return Finding("panic", panic.message, symbols.place(panic.stack), symbols.stack(panic.stack), [], panic.thread,
                   panic.cpu)


def _merge(found: list[Finding], new: Finding, title: str, fail: int | None) -> None:
    same = next((item for item in found if item.key == new.key), None)
    if same is None:
        found.append(new)
        same = new
    if title not in same.runs:
        same.runs.append(title)
    if fail is not None and fail not in same.fails:
        same.fails.append(fail)
