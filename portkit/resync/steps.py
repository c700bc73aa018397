"""The way from the port's base to where it stands: what each resync changed in the emitted text.

`portkit diff` records a step for each resync (`next_steps`, whose files go into OUT with the rest), and `portkit patch`
walks them back from the lock's emitted text, to give one patch a step.  A step keeps, for each file that it changed,
the lines that were there before, so that it is as small as the change.  It knows the digests of the text before and
after: steps that do not lead to the lock's text (of an earlier translation, say) are not part of the way.

    OUT/.portkit/steps/0001.json
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError
from portkit.output import OWN
from portkit.resync.textmerge import diff, lines

SCHEMA = 1
STEPS = f"{OWN}/steps"
# What portkit.json says of a module that a gate is wired by.
_MODULE = ("name", "kind", "from", "sources", "headers", "include_dirs", "defines", "depends_on")
# Replaced lines of the text afterwards: first and last (0-based, half open) and what stood there before.
Replaced = tuple[int, int, list[str]]
_HINT = f"restore {OWN}/ from the port's history or a backup"


@dataclass
class Step:
    """One resync, backwards."""

    names: list[str]                                        # of the ledger's entries that it brought (Entry.name)
    before: str                                             # digests of the emitted text
    after: str
    files: dict[str, list[Replaced] | None] = field(default_factory=dict)   # None: the file was not there before
    gone: dict[str, str] = field(default_factory=dict)      # files that it removed, with their text (Latin-1)
    modules: list[dict[str, Any]] | None = None             # before; None where they stayed as they are

    def dump(self) -> bytes:
        return (json.dumps({"schema": SCHEMA, **vars(self)}, indent=0, sort_keys=True) + "\n").encode()


def texts_digest(emitted: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path, data in sorted(emitted.items()):
        whole.update(f"{path}\0{len(data)}\0".encode() + data)
    return whole.hexdigest()


def module_facts(modules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: module[key] for key in _MODULE if key in module} for module in modules]


def make_step(names: Sequence[str], before: Mapping[str, bytes], after: Mapping[str, bytes],
              modules_before: Sequence[Mapping[str, Any]], modules_after: Sequence[Mapping[str, Any]]) -> Step:
    """The step of a resync; `before` and `after` are emitted text by path, the modules those of portkit.json."""
    step = Step(list(names), texts_digest(before), texts_digest(after))
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if new is None:
            step.gone[path] = (old or b"").decode("latin-1")
        elif old is None:
            step.files[path] = None
        else:
            now, then = lines(new), lines(old)
            step.files[path] = [(hunk.a0, hunk.a1, [line.decode("latin-1") for line in then[hunk.b0:hunk.b1]])
                                for hunk in diff(now, then)]
    kept = module_facts(modules_before)
    step.modules = kept if kept != module_facts(modules_after) else None
    return step


def next_steps(out: Path, step: Step, before: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of OUT for a way that goes on with `step`; `before` is the emitted text that it starts at."""
    way = read_steps(out, before)
    if step.names or step.before != step.after:
        way.append(step)
    return {f"{STEPS}/{number:04d}.json": one.dump() for number, one in enumerate(way, 1)}


def read_steps(out: Path, emitted: Mapping[str, bytes]) -> list[Step]:
    """The steps that lead to `emitted`, oldest first; PortkitError for one that is not whole."""
    way: list[Step] = []
    at = texts_digest(emitted)
    for path in sorted((out / STEPS).glob("*.json"), reverse=True):
        step = _read(path)
        if step.after == at:
            way.append(step)
            at = step.before
    return way[::-1]


def _read(path: Path) -> Step:
    try:
        data = json.loads(path.read_bytes())
        if data["schema"] > SCHEMA:
            raise PortkitError("was written by a newer portkit", file=path, hint="update portkit")
        files = {str(name): None if parts is None else [(int(first), int(last), [str(line) for line in then])
                                                        for first, last, then in parts]
                 for name, parts in data["files"].items()}
        return Step([str(name) for name in data["names"]], str(data["before"]), str(data["after"]), files,
                    {str(name): str(text) for name, text in data["gone"].items()}, data["modules"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PortkitError("this is not a step that portkit wrote", file=path, hint=_HINT) from error


@dataclass
class State:
    """Emitted text and modules after a step; no names for the base."""

    names: list[str]
    files: dict[str, bytes]
    modules: list[dict[str, Any]]


def states(emitted: Mapping[str, bytes], modules: Sequence[Mapping[str, Any]], steps: Sequence[Step]) -> list[State]:
    """The base, then the state after each step; the last one is `emitted`."""
    files, facts = dict(emitted), module_facts(modules)
    found = []
    for step in reversed(steps):
        found.append(State(step.names, dict(files), facts))
        for path, parts in step.files.items():
            if parts is None:
                files.pop(path, None)
            else:
                files[path] = _apply(path, files.get(path), parts)
        files.update({path: text.encode("latin-1") for path, text in step.gone.items()})
        facts = step.modules if step.modules is not None else facts
    return [State([], files, facts), *reversed(found)]


def _apply(path: str, data: bytes | None, parts: list[Replaced]) -> bytes:
    text = lines(data) if data is not None else []
    if data is None or any(last > len(text) for _, last, _ in parts):
        raise PortkitError(f"the steps do not fit the emitted text of {path}", hint=_HINT)
    for first, last, then in reversed(parts):
        text[first:last] = [line.encode("latin-1") for line in then]
    return b"".join(text)
