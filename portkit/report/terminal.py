"""What the commands show on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from portkit.illumos.compile import CompileResult

_SHOWN = 20         # what is left to a person, at most, before "and N more"


def console() -> Console:
    """Plain text of a fixed width where standard output is no terminal, so that the output is the same everywhere."""
    out = Console(highlight=False, emoji=False)
    if not out.is_terminal:
        out = Console(highlight=False, emoji=False, width=100, color_system=None)
    return out


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "-"


def print_port(record: dict[str, Any], out: Path) -> None:
    """A table with a row a module, then what is left and where."""
    screen = console()
    upstream = record["upstream"]
    commit = f", commit {upstream['commit'][:12]}" if upstream["commit"] else ""
    table = Table(title=f"{record['family']}: FreeBSD {upstream['revision']}{commit} to illumos", title_justify="left",
                  box=None, pad_edge=False, header_style="bold", title_style="bold")
    table.add_column("module", no_wrap=True)
    for name in ("lines", "verbatim", "+rewritten", "glue", "uses", "support", "dropped", "left"):
        table.add_column(name, justify="right")
    for module in record["modules"]:
        lines, uses = module["lines"], module["uses"]
        total = sum(lines.values())
        kept = lines["verbatim"]
        left = uses["residue"]
        table.add_row(
            f"{module['kind']}/{module['name']}", f"{total}", _share(kept, total),
            _share(kept + lines["rewritten"], total), f"{lines['template'] + lines['support']}", f"{uses['total']}",
            _share(uses["support"], uses["total"]), f"{uses['dropped']}",
            f"[red]{left}[/red]" if left else "[green]0[/green]")
    screen.print(table)
    residue = [item for module in record["modules"] for item in module["residue"]]
    reasons: dict[str, int] = {}
    for module in record["modules"]:
        for item in module["dropped"]:
            reasons[item["reason"]] = reasons.get(item["reason"], 0) + 1
    if reasons:
        screen.print()
        screen.print("[bold]left out[/bold]")
        for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
            screen.print(f"  {count:3d}  {reason}", soft_wrap=True, markup=False)
    print_mends(record["mends"])
    screen.print()
    if residue:
        screen.print(f"[bold red]{len(residue)} uses are left to a person[/bold red]")
        for item in residue[:_SHOWN]:
            screen.print(f"  {item['file']}:{item['line']}: {item['symbol']}: {item['hint']}", soft_wrap=True,
                         markup=False)
        if len(residue) > _SHOWN:
            screen.print(f"  and {len(residue) - _SHOWN} more in {out / 'portkit.json'}", markup=False)
    else:
        screen.print(f"Nothing is left to a person.  {out}", markup=False)


def print_mends(mends: Sequence[dict[str, Any]]) -> None:
    """What is wrong upstream and right in the port: each reason with its places."""
    places: dict[str, list[str]] = {}
    for item in mends:
        places.setdefault(item["why"], []).append(f"{item['file']}:{item['line']}")
    if not places:
        return
    screen = console()
    screen.print()
    screen.print("[bold]wrong upstream, mended here[/bold]")
    for why, where in places.items():
        screen.print(f"  {', '.join(where)}: {why}", soft_wrap=True, markup=False)


def print_compile(result: CompileResult) -> None:
    """A row a module, then every message with its emitted and its upstream place."""
    screen = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("module", "errors", "warnings", "undefined", "symbols used", "defined"):
        table.add_column(name, justify="left" if name == "module" else "right", no_wrap=True)
    for module in result.modules:
        def number(value: int) -> str:
            return f"[red]{value}[/red]" if value else "0"
        table.add_row(f"{module.spec.kind}/{module.spec.name}", number(len(module.errors)),
                      number(len(module.warnings)), number(len(module.undefined)), str(len(module.needs)),
                      str(len(module.defines)))
    screen.print(table)
    for module in result.modules:
        for message in [*module.errors, *module.warnings]:
            screen.print(str(message), soft_wrap=True, markup=False)
        for symbol in module.undefined:
            screen.print(f"{module.spec.kind}/{module.spec.name}: undefined symbol {symbol}", soft_wrap=True,
                         markup=False)
    if result.ok:
        screen.print(f"Compiled clean with {result.compiler.version}.", markup=False)
