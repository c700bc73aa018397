"""What the command `portkit boot` does with its options."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from portkit.boot.build import BuildError, parse_sanitize
from portkit.boot.disks import check_disks
from portkit.boot.explain import print_panics, read_capture, resolve_panics
from portkit.boot.plan import Port
from portkit.boot.report import boot_json, print_boot
from portkit.boot.scenarios import LIMIT, choose_runs, parse_fail
from portkit.boot.session import BootResult, Session
from portkit.illumos.compile import find_compilers

__all__ = ["Options", "boot", "boot_json", "explain", "list_scenarios", "print_boot"]

WriteJson = Callable[[str, Any], None]


@dataclass(frozen=True)
class Options:
    """The options of the command, as they were given."""

    scenarios: Sequence[str] = ()
    cpus: int | None = None
    host: str | None = None
    sanitize: Sequence[str] = ()
    fail_alloc: str | None = None
    seed: int = 1
    disks: Sequence[Path] = ()
    limit: float = LIMIT
    jobs: int | None = None

    @property
    def builds(self) -> list[tuple[str, ...]]:
        """The sanitizers of each build; one build with none, unless told otherwise."""
        return list(dict.fromkeys(parse_sanitize(text) for text in self.sanitize)) or [()]

    @property
    def workers(self) -> int:
        return self.jobs or os.cpu_count() or 1

    def check(self) -> None:
        """PortkitError for what can be seen to be wrong before any work."""
        assert self.builds
        parse_fail(self.fail_alloc)
        check_disks(self.disks)


def boot(port: Port, cc: str, options: Options, progress: Callable[[str], None] = lambda what: None) -> BootResult:
    """Check, build and run; a module that does not compile ends it before anything is built.

    PortkitError for what is missing on this machine, or does not exist.
    """
    [compiler] = find_compilers([cc])
    result = BootResult(port, compiler)
    with Session(port, compiler, jobs=options.workers, limit=options.limit, disks=check_disks(options.disks),
                 progress=progress) as session:
        result.check = session.check()
        if not result.check.compiled:
            return result
        for sanitize in options.builds:
            try:
                known = [name for name, _ in session.scenarios(sanitize)]
                runs = choose_runs(known, options.scenarios, cpus=options.cpus, host=options.host, seed=options.seed,
                                   fail=parse_fail(options.fail_alloc))
                session.run(sanitize, runs, result)
            except BuildError as error:
                result.faults += error.reasons
    return result


def list_scenarios(gate: Path | None, cc: str, options: Options, json_file: str | None,
                   write_json: WriteJson) -> int:
    """Print name and description of each scenario; the exit status."""
    [compiler] = find_compilers([cc])
    with Session(Port(Path(".").resolve(), [], gate), compiler, jobs=options.workers, limit=options.limit) as session:
        try:
            listed = session.scenarios(())
        except BuildError as error:
            click.echo(str(error), err=True)
            return 1
    if json_file:
        write_json(json_file, [{"name": name, "about": about} for name, about in listed])
    if json_file != "-":
        width = max(len(name) for name, _ in listed)
        for name, about in listed:
            click.echo(f"{name:{width}}  {about}")
    return 0


def explain(file: Path, opened: Callable[[], Port], cc: str, options: Options, json_file: str | None,
            write_json: WriteJson) -> int:
    """Resolve the panics in a console capture, and print them; the exit status."""
    panics = read_capture(file)
    port = opened()
    [compiler] = find_compilers([cc])
    errors = resolve_panics(port, panics, compiler, options.workers)
    if json_file:
        write_json(json_file, {"panics": [panic.to_json() for panic in panics], "errors": errors})
    if json_file != "-":
        print_panics(port, panics, errors)
    return 1 if errors else 0
