"""What `portkit diff --from` did with a port written by hand, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from portkit.report.resync_view import print_hunk

if TYPE_CHECKING:
    from portkit.resync.foreign import Foreign
    from portkit.resync.settle import Change

_SAID = {
    "applied": "went in",
    "there": "are in the port already, or take away what it never had",
    "nothing": "change nothing in what portkit translates them to",
    "absent": "change what the port has nothing of: no place to carry them to",
    "left": "are left to a person",
}


def print_foreign(result: Foreign, error: bool = False) -> None:
    """On standard error where standard output holds the diff."""
    console = Console(stderr=error, highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(str(result.old))} -> {escape(str(result.new))}[/], {escape(str(result.folder))}")
    for name, found in sorted(result.files.items()):
        if found and any(change.file == name for change in result.changes):
            console.print(f"  {escape(name)} -> {escape(', '.join(found))}")
    for change in result.changes:
        if change.state == "applied":
            but = f" (less a part: {change.reason})" if change.reason else ""
            console.print(f"  applied  {escape(f'{change.file} {change.header} -> {_place(result, change)}{but}')}")
    for state in ("absent", "left"):
        for change in result.changes:
            if change.state == state:
                _print(console, result, change)
    for note in result.notes:
        console.print(f"[yellow]{escape(note)}[/]")
    console.print(f"\n[bold]{len(result.changes)} hunks changed upstream:[/]")
    for state, number in result.count.items():
        console.print(f"  {number:5} {_SAID[state]}")


def _place(result: Foreign, change: Change) -> str:
    file, line, _ = change.place
    return f"{result.port / file}:{line}" if file else "no place in the port"


def _print(console: Console, result: Foreign, change: Change) -> None:
    """Upstream's change, and the port's place for it."""
    inside = f" ({change.function})" if change.function else ""
    console.print(f"\n[bold red]{change.state}[/] {escape(f'{change.file} {change.header}{inside}')}: "
                  f"{escape(change.reason)}")
    body = [line.decode("latin-1").rstrip("\n") for line in change.body]
    print_hunk(console, body)
    file, _, text = change.place
    console.print(f"  [bold]{escape(_place(result, change))}[/]")
    for line in text.splitlines() if file else ():
        console.print("  | " + escape(line))
