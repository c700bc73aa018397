"""What one run of the simulator reported: the lines of JSON that it writes (machine/machine.h, "The report")."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Frame:
    """One stack frame: an ELF file, and an address in it as addr2line(1) takes it."""

    object: str
    offset: int


Stack = tuple[Frame, ...]           # innermost first


@dataclass(frozen=True)
class Milestone:
    id: str
    ok: bool
    evidence: str
    fail: int | None = None         # the allocation that had to fail (--fail-alloc), in the runs that have one


@dataclass(frozen=True)
class Violation:
    """A contract that a driver broke; `check` is a word of the checks (docs/boot.md)."""

    check: str
    message: str
    stack: Stack = ()
    thread: str | None = None
    cpu: int | None = None
    more: tuple[tuple[str, Stack], ...] = ()        # other stacks that belong to it, each with its heading
    place: tuple[str, int] | None = None            # where the message itself names file and line
    fail: int | None = None


@dataclass(frozen=True)
class Panic:
    message: str
    stack: Stack = ()
    thread: str | None = None
    cpu: int | None = None
    fail: int | None = None


@dataclass(frozen=True)
class Node:
    """A node of the device tree, in the order of prtconf(8)."""

    depth: int
    name: str
    address: str
    path: str
    driver: str
    instance: int
    attached: bool
    properties: tuple[tuple[str, Any], ...] = ()        # a number, a text, true, or a list of them
    devinfo: str = ""               # its address


@dataclass
class Report:
    """The events of one process of the simulator, in the order in which they came."""

    console: list[str] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    panics: list[Panic] = field(default_factory=list)
    tree: list[Node] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    scenarios: list[tuple[str, str]] = field(default_factory=list)      # name and what it does
    fails: list[int] = field(default_factory=list)  # the allocations that were made to fail
    ended: bool = False
    broken: str | None = None       # what in the report cannot be read


class _Malformed(Exception):
    pass


def read_report(lines: Iterable[bytes]) -> Report:
    """The events in `lines`.  A line that is no event ends the reading: `broken` says what it was."""
    report = Report()
    fail: int | None = None
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            event = json.loads(raw)
            if not isinstance(event, dict) or not isinstance(event.get("t"), str):
                raise _Malformed("it has no type")
            if event["t"] == "run":
                fail = _number(event, "fail")
                report.fails.append(fail)
            reader = _READERS.get(event["t"])
            if reader is not None:
                reader(report, event, fail)
        except (ValueError, _Malformed) as error:
            text = raw[:120].decode("utf-8", "replace").rstrip()
            report.broken = f"line {number} of its report cannot be read ({error}): {text}"
            break
    return report


def _console(report: Report, event: dict[str, Any], fail: int | None) -> None:
    if fail is None:
        report.console.append(_text(event, "text").rstrip("\n"))


def _milestone(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.milestones.append(Milestone(_text(event, "id"), bool(event.get("ok")), _text(event, "evidence"), fail))


def _violation(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.violations.append(Violation(_text(event, "check"), _text(event, "message"), _stack(event),
                                       event.get("thread"), event.get("cpu"), fail=fail))


def _panic(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.panics.append(Panic(_text(event, "message"), _stack(event), event.get("thread"), event.get("cpu"), fail))


def _threads(report: Report, event: dict[str, Any], fail: int | None) -> None:
    """After a hang: who waits for what.  The stacks belong to the violation that tells of the hang."""
    waiting = []
    for item in _list(event, "list"):
        if not isinstance(item, dict):
            raise _Malformed("a thread is no object")
        why, what = item.get("why") or "running", item.get("what") or ""
        waiting.append((f"{item.get('name', '?')}: {why} {what}".rstrip(), _stack(item)))
    hangs = [at for at, violation in enumerate(report.violations)
             if violation.check == "hang" and violation.fail == fail]
    if hangs:
        old = report.violations[hangs[-1]]
        report.violations[hangs[-1]] = Violation(**{**old.__dict__, "more": tuple(waiting)})
    else:
        report.violations.append(Violation("hang", "nothing goes on", more=tuple(waiting), fail=fail))


def _tree(report: Report, event: dict[str, Any], fail: int | None) -> None:
    if fail is not None and report.tree:
        return
    nodes = []
    for item in _list(event, "nodes"):
        if not isinstance(item, dict):
            raise _Malformed("a node is no object")
        properties = item.get("properties") or {}
        instance = item.get("instance")
        nodes.append(Node(
            int(item.get("depth") or 0), _text(item, "name"), str(item.get("address") or ""),
            str(item.get("path") or ""), str(item.get("driver") or ""), instance if isinstance(instance, int) else -1,
            str(item.get("state") or "") == "attached",
            tuple(sorted(properties.items())), str(item.get("devinfo") or "").removeprefix("0x")))
    report.tree = nodes


def _aliases(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.aliases += [pair for pair in _pairs(event) if pair not in report.aliases]


def _scenarios(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.scenarios += _pairs(event)


def _end(report: Report, event: dict[str, Any], fail: int | None) -> None:
    report.ended = True


_READERS: dict[str, Callable[[Report, dict[str, Any], int | None], None]] = {
    "console": _console, "milestone": _milestone, "violation": _violation, "panic": _panic, "threads": _threads,
    "tree": _tree, "aliases": _aliases, "scenarios": _scenarios, "end": _end,
}


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    if not isinstance(value, str):
        raise _Malformed(f"no text {key!r}")
    return value


def _number(event: dict[str, Any], key: str) -> int:
    value = event.get(key)
    if not isinstance(value, int):
        raise _Malformed(f"no number {key!r}")
    return value


def _list(event: dict[str, Any], key: str) -> list[Any]:
    value = event.get(key)
    if not isinstance(value, list):
        raise _Malformed(f"no list {key!r}")
    return value


def _pairs(event: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for item in _list(event, "list"):
        match item:
            case [str(first), str(second)]:
                pairs.append((first, second))
            case _:
                raise _Malformed("not a list of pairs")
    return pairs


def _stack(event: dict[str, Any]) -> Stack:
    frames = []
    for item in event.get("stack") or []:
        match item:
            case [str(file), int(offset)]:
                frames.append(Frame(file, offset))
            case _:
                raise _Malformed("a stack frame is not [object, offset]")
    return tuple(frames)
