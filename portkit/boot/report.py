"""What `portkit boot` shows: on the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from portkit.boot.events import Milestone, Node
from portkit.boot.findings import Finding
from portkit.boot.run import RunResult
from portkit.boot.session import BootResult
from portkit.boot.symbols import Where
from portkit.report.terminal import console, print_mends

_SHOWN = 30         # findings at most, before "and N more"
_RUNS = 4           # runs named with a finding, before "and N more"
_FAILS = 8          # allocations, likewise


def boot_json(result: BootResult) -> dict[str, Any]:
    """The machine form: the same input gives the same bytes."""
    first = _first(result)
    data: dict[str, Any] = {
        "milestones": [_milestone_json(item) for item in milestones(result.results)],
        "violations": [finding.to_json() for finding in result.findings.violations],
        "panic": result.findings.panics[0].to_json() if result.findings.panics else None,
        "panics": [finding.to_json() for finding in result.findings.panics],
        "console": first.report.console if first else [],
        "tree": [_node_json(node) for node in first.report.tree] if first else [],
        "aliases": [list(pair) for pair in result.aliases],
        "mends": result.port.mends,
        "runs": [{**one.run.to_json(), "sanitize": list(build.sanitize), "ok": one.ok, "fault": one.fault,
                  "reached": one.reached, "violations": len(one.violations), "panics": len(one.report.panics),
                  "milestones": [_milestone_json(item) for item in one.report.milestones if item.fail is None],
                  "fails": len(one.report.fails)}
                 for build in result.builds for one in build.results],
    }
    if result.faults:
        data["faults"] = result.faults
    if result.check is not None and not result.check.ok:
        data["compile"] = result.check.report
    return data


def milestones(results: Iterable[RunResult]) -> list[Milestone]:
    """Each milestone once, in the order in which they first came: reached where every run that has it reached it, with
    the evidence of the first run, or of the first that did not reach it."""
    found: dict[str, Milestone] = {}
    for result in results:
        for item in result.report.milestones:
            if item.id not in found or (found[item.id].ok and not item.ok):
                found[item.id] = item
    return list(found.values())


def _milestone_json(item: Milestone) -> dict[str, Any]:
    return {"id": item.id, "ok": item.ok, "evidence": item.evidence}


def _node_json(node: Node) -> dict[str, Any]:
    return {"depth": node.depth, "name": node.name, "address": node.address, "path": node.path, "driver": node.driver,
            "instance": node.instance, "attached": node.attached, "properties": dict(node.properties)}


def _first(result: BootResult) -> RunResult | None:
    return result.results[0] if result.results else None


def print_boot(result: BootResult, verbose: bool = False) -> None:
    """The runs, the milestones with their evidence, the device tree, the console, and what was found."""
    screen = console()
    if result.check is not None and not result.check.ok:
        for message in result.check.messages:
            screen.print(message, soft_wrap=True, markup=False)
        if not result.check.compiled:
            screen.print("[bold red]Not booted: a module does not compile.[/bold red]")
        screen.print()
    for fault in result.faults:
        screen.print(fault, soft_wrap=True, markup=False)
    if result.faults:
        screen.print("[bold red]Not booted: the simulator cannot be built.[/bold red]")
    if not result.builds:
        return
    for build in result.builds:
        kinds = " and ".join(build.sanitize)
        _print_runs(screen, f"Booted with sanitizers: {kinds}" if kinds else "Booted", build.results)
        screen.print()
    stubs = sorted({name for build in result.builds for name in build.stubs})
    first = _first(result)
    assert first is not None
    _print_milestones(screen, result, first)
    print_tree(screen, first.report.tree)
    if result.aliases:
        _print_lines(screen, "Aliases that were found by trying (add_drv -i, or a package's `driver` action)",
                     [f"{driver} {alias}" for driver, alias in result.aliases])
    _print_lines(screen, f"Console ({first.run.title})", first.report.console)
    if verbose:
        for one in result.results[1:]:
            _print_lines(screen, f"Console ({one.run.title})", one.report.console)
    if stubs:
        _print_lines(screen, "Not simulated: a call of these functions is a panic", [" ".join(stubs)])
    _print_findings(screen, "Panics", result.findings.panics)
    _print_findings(screen, "Violations", result.findings.violations)
    if result.port.mends:
        print_mends(result.port.mends)
        screen.print()
    _print_summary(screen, result)


def _print_runs(screen: Console, title: str, results: Sequence[RunResult]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bold")
    table.add_column("scenario", no_wrap=True)
    for name in ("CPUs", "host", "milestones", "violations", "panics", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        reached = [item for item in result.report.milestones if item.ok]
        name = result.run.scenario
        if result.run.fail is not None:
            name += f" ({len(result.report.fails)} allocations)" if result.run.fail == "all" else f" {result.run.fail}"
        table.add_row(name, str(result.run.cpus), result.run.host,
                      f"{len(reached)}/{len(result.report.milestones)}", _count(len(result.violations)),
                      _count(len(result.report.panics)), f"{result.seconds:.1f} s")
    screen.print(table)
    for result in results:
        if result.fault is not None:
            screen.print(f"  {result.run.title}: {result.fault}", soft_wrap=True, markup=False, style="red")
        if not result.reached:
            screen.print(f"  {result.run.title}: there are fewer allocations than that", soft_wrap=True, markup=False)


def _count(number: int) -> str:
    return f"[red]{number}[/red]" if number else "0"


def _print_milestones(screen: Console, result: BootResult, first: RunResult) -> None:
    listed = first.report.milestones
    if listed:
        screen.print(f"[bold]Milestones[/bold] ({first.run.title})")
        width = max(len(item.id) for item in listed)
        for item in listed:
            screen.print("  [green]ok  [/green]" if item.ok else "  [red]no  [/red]", end="")
            screen.print(f"{item.id:{width}}  {item.evidence}", soft_wrap=True, markup=False)
        screen.print()
    missed: dict[tuple[str, str], tuple[list[str], list[int]]] = {}
    for one in result.results:
        for item in one.report.milestones:
            if one is first or item.ok:
                continue
            runs, fails = missed.setdefault((item.id, item.evidence), ([], []))
            if one.run.title not in runs:
                runs.append(one.run.title)
            if item.fail is not None and item.fail not in fails:
                fails.append(item.fail)
    if missed:
        screen.print("[bold red]Not reached in other runs[/bold red]")
        for (name, evidence), (runs, fails) in missed.items():
            screen.print(f"  {name}: {evidence}", soft_wrap=True, markup=False)
            for line in _seen_in(runs, fails):
                screen.print(f"  {line}", soft_wrap=True, markup=False)
        screen.print()


def print_tree(screen: Console, tree: Sequence[Node]) -> None:
    """The device tree as `prtconf -D` shows it, and with addresses and properties as mdb's ::prtconf -v does."""
    if not tree:
        return
    screen.print("[bold]Device tree[/bold] (prtconf -D)")
    for node in tree:
        screen.print(f"  {'    ' * node.depth}{node_line(node)}", soft_wrap=True, markup=False)
    screen.print()
    screen.print("[bold]Device tree[/bold] (mdb: ::prtconf -v)")
    screen.print(f"  {'DEVINFO':16} NAME", markup=False)
    for node in tree:
        indent = "    " * node.depth
        screen.print(f"  {indent}{node.devinfo:16} {node_line(node)}", soft_wrap=True, markup=False)
        for name, value in node.properties:
            screen.print(f"  {indent}    {property_line(name, value)}", soft_wrap=True, markup=False)
    screen.print()


def node_line(node: Node) -> str:
    """`vmbus-device, instance #0 (driver name: hv_kvp)`."""
    text = node.name
    if node.instance >= 0 and node.driver and node.depth:
        text += f", instance #{node.instance}"
    if node.driver:
        text += f" (driver name: {node.driver})"
    if not node.attached:
        text += " (driver not attached)"
    return text


def property_line(name: str, value: Any) -> str:
    """`name='state' type=string items=1 value='online'`: numbers in hexadecimal, as prtconf(8) has them."""
    if value is True:
        return f"name='{name}' type=boolean"
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, int) for item in items):
        numbers = ".".join(f"{item & 0xffffffff:08x}" for item in items)
        return f"name='{name}' type=int items={len(items)} value={numbers}"
    shown = " + ".join(f"'{item}'" for item in items)
    return f"name='{name}' type=string items={len(items)} value={shown}"


def _print_lines(screen: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    screen.print(title, style="bold", markup=False)
    for line in lines:
        screen.print(f"  {line}", soft_wrap=True, markup=False)
    screen.print()


def _print_findings(screen: Console, title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    screen.print(f"[bold red]{title}[/bold red]")
    for finding in findings[:_SHOWN]:
        for line in finding_lines(finding):
            screen.print(f"  {line}", soft_wrap=True, markup=False)
    if len(findings) > _SHOWN:
        screen.print(f"  and {len(findings) - _SHOWN} more, see --json")
    screen.print()


def finding_lines(finding: Finding) -> list[str]:
    """A violation or a panic in text: its place first, as a compiler has it, then its stacks and its runs."""
    where = finding.where
    place = f"{where.file}:{where.line}: " if where and where.file and where.line else ""
    lines = [f"{place}{finding.check}: {finding.message}"]
    if where is not None and where.upstream is not None:
        lines.append(f"    upstream {where.upstream[0]}:{where.upstream[1]}")
    lines += _stack_lines(finding.stack)
    if finding.thread is not None:
        on = f" on CPU {finding.cpu}" if finding.cpu is not None else ""
        lines.append(f"    in {finding.thread}{on}")
    for title, stack in finding.more:
        lines.append(f"    {title}")
        lines += _stack_lines(stack)
    return [*lines, *_seen_in(finding.runs, finding.fails)]


def _seen_in(runs: Sequence[str], fails: Sequence[int]) -> list[str]:
    """Where a thing came up, and how to see it again."""
    lines = []
    if runs:
        more = f"; and {len(runs) - _RUNS} more" if len(runs) > _RUNS else ""
        lines.append(f"    seen in: {'; '.join(runs[:_RUNS])}{more}")
    if fails:
        more = f", ... ({len(fails)} of them)" if len(fails) > _FAILS else ""
        some = ", ".join(str(number) for number in fails[:_FAILS])
        lines.append(f"    when allocation {some}{more} fails: --fail-alloc {fails[0]} replays it")
    return lines


def _stack_lines(stack: Sequence[Where]) -> list[str]:
    return [f"        {where}" for where in stack]


def _print_summary(screen: Console, result: BootResult) -> None:
    runs = len(result.results)
    count = f"{runs} run{'s' if runs != 1 else ''}"
    found = milestones(result.results)
    if result.ok:
        screen.print(f"[green]Boots clean[/green]: {count}, {len(found)} {_plural('milestone', len(found))}, "
                     "no violation, no panic.")
        return
    wrong = []
    missed = sum(1 for item in found if not item.ok)
    for number, what in ((missed, "milestone not reached"), (len(result.findings.violations), "violation"),
                         (len(result.findings.panics), "panic"),
                         (sum(1 for one in result.results if one.fault), "run that did not end by itself")):
        if number:
            wrong.append(f"{number} {_plural(what, number)}")
    if result.faults:
        wrong.append("a build that failed")
    if result.check is not None and not result.check.ok:
        wrong.append("warnings of the compiler")
    if any(not one.reached for one in result.results):
        wrong.append("an allocation that is never made")
    screen.print(f"[bold red]{count}[/bold red]: {', '.join(wrong)}.")


def _plural(what: str, number: int) -> str:
    if number == 1:
        return what
    head, _, rest = what.partition(" ")
    return f"{head}s {rest}".rstrip()
