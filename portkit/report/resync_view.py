"""What `portkit diff` did, on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from portkit.resync.resync import Conflict, Resync

_SAID = {"text": "both sides changed it", "removed": "edited by hand, and upstream has no such file any more",
         "deleted": "taken away by hand, and upstream changed it"}
_HUNK_LINES = 40


def print_resync(result: Resync, error: bool = False) -> None:
    """On standard error where standard output holds the diff."""
    console = Console(stderr=error, highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(str(result.old.upstream))} -> {escape(str(result.new.upstream))}[/]")
    if result.old.portkit != result.new.portkit:
        console.print(f"portkit {result.old.portkit} -> {result.new.portkit}")
    for entry in result.brought:
        console.print(f"  {entry.state:8} {escape(entry.name)}  {escape(entry.title)}")
    count = Counter(item.what for item in result.changes)
    for item in result.changes:
        if item.what in ("added", "removed", "renamed"):
            was = f" (was {item.before})" if item.before else ""
            console.print(f"  {item.what:8} {escape(item.path + was)}")
    for move in result.moves:
        console.print(f"  {'followed':8} {escape(f'{move.kind} {move.name}: {move.before} -> {move.after}')}")
    words = [f"{number} {what}" for what, number in sorted(count.items())]
    console.print(f"files: {', '.join(words) or 'nothing changed'}")
    for conflict in result.conflicts:
        _print_conflict(console, result, conflict)
    for note in result.notes:
        console.print(f"[yellow]{escape(note)}[/]")
    if result.residue:
        console.print(f"{result.residue} uses of the FreeBSD KPI are left to a person: portkit.json lists them")
    if result.conflicts:
        console.print(f"\n[bold]{len(result.conflicts)} conflicts are left to a person:[/] take the side that is "
                      "right, and the markers out.")
    elif result.clean:
        console.print("Nothing is left to a person.")


def print_hunk(console: Console, lines: Sequence[str]) -> None:
    """Upstream's change, or the first lines of a long one."""
    for line in lines[:_HUNK_LINES]:
        console.print("  " + escape(line))
    if len(lines) > _HUNK_LINES:
        console.print(f"  ... {len(lines) - _HUNK_LINES} lines more")


def _print_conflict(console: Console, result: Resync, conflict: Conflict) -> None:
    console.print(f"\n[bold red]conflict[/] {escape(str(result.out / conflict.place))}: {_SAID[conflict.kind]}")
    for cause in conflict.causes:
        if cause.file:
            titles = [entry for entry in result.brought if entry.commit in cause.commits]
            for entry in titles:
                console.print(f"  upstream {escape(entry.name)}  {escape(entry.title)}")
            print_hunk(console, cause.hunk.splitlines())
        else:
            what = f" (rules {', '.join(cause.rules)})" if cause.rules else ""
            console.print("  no text of upstream's stands behind it: portkit translates it differently now"
                          + escape(what))
