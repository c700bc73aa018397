"""`portkit diff --from OLD --to NEW --port DIR`: carry what changed upstream into a port that was written by hand.

Nothing says which line of such a port came from where, so each change is placed by what stands around it
(portkit.resync.place): in the text that portkit translates it to, which speaks of what illumos has, as the port does,
and is put into the port's own words (portkit.resync.counterparts); else in upstream's own.  A hunk goes in as a whole
or not at all, and only with all that it needs (portkit.resync.settle).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit import __version__
from portkit.errors import PortkitError
from portkit.output import check_place, digest, recover, replace
from portkit.port import load_port
from portkit.report.record import source_map
from portkit.resync.cause import Origins
from portkit.resync.counterparts import Counterparts, Dialect, Emitted, read_texts, read_upstream, upstream_folder
from portkit.resync.cwords import Source, Word, announced, balance, declared
from portkit.resync.lock import Revision, revision_of
from portkit.resync.moves import renames
from portkit.resync.place import Edit, Pair, Placer, same_code
from portkit.resync.settle import (
    ABSENT,
    APPLIED,
    LEFT,
    NOTHING,
    THERE,
    Change,
    Part,
    Settlement,
    fresh_names,
    values,
)
from portkit.resync.textmerge import Hunk, diff, patch, unified
from portkit.translate import port_places, translate
from portkit.upstream import Tree

_AROUND = 0.2           # of the words in a hunk and its context, below which the port has nothing of it
_STATIC = re.compile(rb"^static[ \t][\w \t*]*?(\w+)(?:\[[^]]*\])*[ \t]*[=;]", re.MULTILINE)


@dataclass
class Foreign:
    """All that it gives; nothing of it is on disk yet."""

    port: Path
    old: Revision
    new: Revision
    folder: Path
    files: dict[str, list[str]]         # file upstream -> the port's
    before: dict[str, bytes]
    after: dict[str, bytes]
    changes: list[Change]
    notes: list[str]

    @property
    def count(self) -> dict[str, int]:
        found = Counter(change.state for change in self.changes)
        return {state: found[state] for state in (APPLIED, THERE, NOTHING, ABSENT, LEFT)}

    @property
    def open(self) -> list[Change]:
        """What is left to a person: to carry by hand, or to see that there is no place for it."""
        return [change for change in self.changes if change.state in (ABSENT, LEFT)]

    def patch(self) -> bytes:
        return b"".join(patch(name, self.before[name], self.after[name]) for name in sorted(self.before))

    def install(self) -> None:
        """Exchange the port's folder.  PortkitError where it was changed meanwhile."""
        changed = {name: data for name, data in self.after.items() if data != self.before[name]}
        if not changed:
            return
        seen = {name: digest(data) for name, data in self.before.items()}
        replace(self.port, changed, set(changed),
                lambda: {name: digest(data) for name, data in read_texts(self.port).items()} == seen)

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "portkit": __version__, "from": self.old.to_json(), "to": self.new.to_json(),
                "folder": str(self.folder), "port": str(self.port), "count": self.count,
                "files": [{"upstream": name, "port": found} for name, found in sorted(self.files.items())],
                "changed": sorted(name for name in self.before if self.before[name] != self.after[name]),
                "hunks": [change.to_json() for change in self.changes], "notes": self.notes}


def carry(port: Path, old: Path, new: Path, *, modules: Sequence[str] = (), rule_files: Sequence[Path] = (),
          write: bool = True, progress: Callable[[str], None] = lambda text: None) -> Foreign:
    """Carry upstream's changes between two trees into the port in `port`, in memory.

    PortkitError for a folder that is not there or holds no C, a port that the old tree does not explain, a new tree
    that is older than the old one.
    """
    if write:
        recover(port)
    if not port.is_dir():
        raise PortkitError("no such folder" if not port.exists() else "is a file, not a port's folder", file=port,
                           hint="give the folder that holds the port's sources with --port")
    if write:
        check_place(port)
    texts = read_texts(port)
    if not texts:
        raise PortkitError("holds no C source", file=port, hint="give the folder that holds the port's sources")
    with Tree.open(old) as was, Tree.open(new) as now:
        if now.freebsd_version < was.freebsd_version:
            raise PortkitError(f"{now.revision} is older than {was.revision}, which --from names", file=new,
                               hint="give the tree that the port was made from with --from, a newer one with --to")
        for tree in (was, now):
            if port.resolve().is_relative_to(tree.root):
                raise PortkitError("lies inside the FreeBSD tree, which is never written to", file=port)
        own = {name: Source(name, data) for name, data in texts.items()}
        progress("which drivers it was made from")
        folder = upstream_folder(was.root, own, port)
        before, after = read_upstream(was.root, folder), read_upstream(now.root, folder)
        if not after:
            raise PortkitError(f"has no {folder}, which the port was made from", file=new)
        notes: list[str] = []
        emitted = []
        for tree in (was, now):
            progress(f"translating {tree.revision}")
            emitted.append(_emitted(tree, folder, modules, rule_files, notes))
        work = _Work(before, after, own, emitted[0], emitted[1])
        progress("placing upstream's changes")
        work.run()
        return Foreign(port, revision_of(was), revision_of(now), folder, work.counterparts.files, texts,
                       work.result, work.changes, list(dict.fromkeys(notes)))


# -- the translated text -------------------------------------------------------------------------------------

def _emitted(tree: Tree, folder: Path, modules: Sequence[str], rule_files: Sequence[Path],
             notes: list[str]) -> dict[str, Emitted]:
    """Files upstream -> what they are translated to; empty, with a note, where they cannot be."""
    port_file, names = None, list(modules)
    for place in port_places():
        for path in sorted(place.glob("*.toml")):
            found = load_port(path)
            if found.folder == folder:
                port_file, names = path, names or [name for name in found.modules if name in tree.modules()]
                break
    if not names:
        names = _modules_of(tree, folder)
    if not names:
        notes.append(f"no kernel module is made from {folder}: upstream's own text is all that is compared")
        return {}
    try:
        result = translate(tree, names, rule_files=rule_files, port_file=port_file)
    except PortkitError as error:
        notes.append(f"{tree.revision} cannot be translated, so upstream's own text is all that is compared: {error}")
        return {}
    origins = Origins(source_map(result))
    out = {}
    for target, path in result.origin.items():
        source = Source(str(target), result.files[target])
        lines = [line - 1 if file == str(path) else -1 for file, line, _ in origins.of(str(target))]
        out[str(path)] = Emitted(source, (lines + [-1] * len(source.lines))[:len(source.lines)])
    return out


def _modules_of(tree: Tree, folder: Path) -> list[str]:
    """The kernel modules with a source in the folder."""
    mark = str(folder).removeprefix("sys/").encode()
    found = []
    for makefile in sorted((tree.root / "sys/modules").rglob("Makefile")):
        if mark in makefile.read_bytes():
            found.append(makefile)
    out = []
    for name in tree.modules():
        try:
            module = tree.module(name) if any(name in path.read_bytes().decode("latin-1") for path in found) else None
        except PortkitError:
            continue
        if module is not None and any(folder in path.parents for path in module.sources):
            out.append(name)
    return out


def replace_part(part: Part) -> Part:
    return Part(part.hunk, old_block=part.old_block, port=part.port, port_block=part.port_block, line=part.line)


def _slid(old: Source, new: Source, hunk: Hunk) -> Hunk:
    """New functions as whole ones: `diff` may as well show them from the middle of a head that they share with the
    next one."""
    at, first, last = hunk.a0, hunk.b0, hunk.b1
    if hunk.a0 != hunk.a1:
        return hunk
    while old.block_of(at, at) is not None and at and new.lines[last - 1] == old.lines[at - 1]:
        at, first, last = at - 1, first - 1, last - 1
    whole = any(first <= block.start and block.end <= last for block in new.blocks)
    return Hunk(at, at, first, last) if whole and old.block_of(at, at) is None else hunk


def _includes(source: Source, first: int, last: int) -> list[bytes] | None:
    """The #include lines of some lines, with what makes them conditional left out; None where there is more."""
    out = []
    words = source.code
    for word in words[bisect_left(words, first, key=lambda word: word.line):]:
        if word.line >= last:
            break
        if not re.match(rb"[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|endif)\b", source.lines[word.line]):
            if not word.text.startswith(b"#include"):
                return None
            out.append(word.text)
    return out


def _names(words: Sequence[Word]) -> set[bytes]:
    return {word.text for word in words if word.name or word.text.startswith(b"#include")}


def _statements(source: Source, first: int, last: int) -> tuple[int, int]:
    """Lines [first, last) grown to whole statements: a rewritten one is mapped by its first line alone."""
    if first == last:
        return first, last
    words = source.code
    low = bisect_left(words, first, key=lambda word: word.line)
    high = bisect_left(words, last, key=lambda word: word.line)
    if low == high or words[low].text.startswith(b"#"):
        return first, last
    while low and words[low - 1].text not in (b";", b"{", b"}") and not words[low - 1].text.startswith(b"#"):
        low -= 1
    while high < len(words) and words[high - 1].text not in (b";", b"{", b"}") and \
            not words[high].text.startswith(b"#"):
        high += 1
    return min(first, words[low].line), max(last, words[high - 1].line + 1)


# -- placing -------------------------------------------------------------------------------------------------

class _Work:
    def __init__(self, before: Mapping[str, Source], after: Mapping[str, Source], port: Mapping[str, Source],
                 old_emitted: Mapping[str, Emitted], new_emitted: Mapping[str, Emitted]) -> None:
        self.before, self.after, self.port = before, after, port
        self.old_emitted: dict[str, Emitted] = {}
        self.new_emitted: dict[str, Emitted] = {}
        self.counterparts = Counterparts(before, port)
        dialect = Dialect(old_emitted, before, port, self.counterparts)
        self._left_out: dict[tuple[bool, str, int], bytes] = {}     # new or old, file, line -> flag that it is under
        for new, texts, spoken in ((False, old_emitted, self.old_emitted), (True, new_emitted, self.new_emitted)):
            for name, one in texts.items():
                spoken[name], out = dialect.speak(one)
                self._left_out.update({(new, name, line): flag for line, flag in out.items()})
        self.changes: list[Change] = []
        self.result = {name: source.data for name, source in port.items()}
        self._placers: dict[Any, Placer] = {}
        self._names = frozenset[bytes]().union(*(source.names for source in port.values()))
        self._fresh = fresh_names(before, after)

    def run(self) -> None:
        renamed = renames({name: source.data for name, source in self.before.items()},
                          {name: source.data for name, source in self.after.items()})
        for name in sorted({*self.before, *self.after} - set(renamed.values())):
            old = self.before.get(name)
            new = self.after.get(renamed.get(name, name))
            if old is None or new is None:
                self._whole(name, old, new)
            elif old.data != new.data:
                self._file(old, new)
        self._aside()
        self.result = Settlement(self.changes, self.before, self.after, self.port).run()

    def _whole(self, name: str, old: Source | None, new: Source | None) -> None:
        """A file that upstream added or took away is for a person."""
        a, b = (old.lines if old else []), (new.lines if new else [])
        hunk = Hunk(0, len(a), 0, len(b))
        port = self.counterparts.file(name) if old else None
        part = Part(hunk, port=port, line=1)
        state, reason = LEFT, "upstream added the file" if old is None else "upstream took the file away"
        if old is not None and port is None:
            state, reason = THERE, "the port has no such file"
        part.state = state
        self.changes.append(Change(name, hunk.header(), [b"-" + line for line in a] + [b"+" + line for line in b],
                                   [part], state, reason))

    def _file(self, old: Source, new: Source) -> None:
        hunks = diff(old.lines, new.lines)
        slid = {hunk: _slid(old, new, hunk) for hunk in hunks}
        effects = self._effects(old.name, new.name, list(slid.values()))
        parts = {hunk: self._part(old, new, slid[hunk], effects.get(slid[hunk]) if effects is not None else None)
                 for hunk in hunks}
        for whole, body in unified(old.lines, new.lines, hunks):
            inside = [hunk for hunk in hunks if whole.a0 <= hunk.a0 and hunk.a1 <= whole.a1
                      and whole.b0 <= hunk.b0 and hunk.b1 <= whole.b1]
            for hunk in inside:
                self._nowhere(old, new, whole, parts[hunk])
            self.changes.append(Change(new.name, whole.header(), body, [parts[hunk] for hunk in inside]))

    def _aside(self) -> None:
        """What upstream added only for what the port left out has no place in it, nor has what announces that."""
        used = self._used()
        made: dict[bytes, list[Part]] = {}
        texts = {id(part): b"".join(self.after[change.file].lines[part.hunk.b0:part.hunk.b1])
                 for change in self.changes if change.file in self.after for part in change.parts
                 if part.old_block is None and part.hunk.a0 == part.hunk.a1}
        parts = [part for change in self.changes for part in change.parts if id(part) in texts]
        for part in parts:
            names = {block.name.encode("latin-1") for block in Source("", texts[id(part)]).blocks
                     if block.kind == "function"} or declared(texts[id(part)])
            for name in names:
                made.setdefault(name, []).append(part)
            if part.state == LEFT and names and not names & used:
                part.state = ABSENT
                part.reason = f"only what the port left out uses {min(names).decode('latin-1')}"
        for part in parts:
            names = announced(texts[id(part)])
            out = [name for name in sorted(names) if name in made and
                   all(one.state in (LEFT, ABSENT) for one in made[name])]
            if part.state in (LEFT, APPLIED) and out and len(out) == texts[id(part)].count(b";") == len(names):
                part.state, part.edits = ABSENT, []
                part.reason = f"it announces {out[0].decode('latin-1')}, which stays out"

    def _used(self) -> set[bytes]:
        """The names that upstream's functions use afterwards where the port has them, and what these need of new
        ones.  What is known to have no place there does not count."""
        gone = {(change.file, line) for change in self.changes for part in change.parts if part.state == ABSENT
                for line in range(part.hunk.b0, part.hunk.b1)}
        added: dict[bytes, set[bytes]] = {}
        used: set[bytes] = set()
        for name, source in self.after.items():
            if name not in self.before:
                continue
            emitted = self.new_emitted.get(name)
            new, origin = (emitted.source, emitted.origin) if emitted else (source, list(range(len(source.lines))))
            old = {block.key: block for block in self.before[name].blocks}
            for block in new.blocks:
                own = block.name.encode("latin-1")
                words = [word for word in new.stream(block, False) if word.name and word.text != own]
                if block.key not in old:
                    added.setdefault(own, set()).update(word.text for word in words)
                elif self.counterparts.block(self.before[name], old[block.key]):
                    used |= {word.text for word in words if origin[word.line] >= 0
                             and (name, origin[word.line]) not in gone}
        while more := set[bytes]().union(*(added.pop(name) for name in used & added.keys())) - used:
            used |= more
        return used

    def _nowhere(self, old: Source, new: Source, whole: Hunk, part: Part) -> None:
        """A change that has no place since the port's function has next to nothing of the hunk, context and all."""
        block = part.old_block
        if part.state != LEFT or block is None or part.port is None or part.port_block is None:
            return
        placer = self._placer(Pair(old, block, new, new.block_of(part.hunk.b0, part.hunk.b1), part.port,
                                   part.port_block))
        if placer.around(max(whole.a0, block.start), min(whole.a1, block.end)) < _AROUND:
            part.state = ABSENT
            part.reason = f"the port's {block.kind} has nothing of the text around it"

    def _effects(self, old: str, new: str, hunks: Sequence[Hunk]) -> dict[Hunk, list[Hunk]] | None:
        """What each change changes in the translated text; None where that is not known."""
        if old not in self.old_emitted or new not in self.new_emitted:
            return None
        was, now = self.old_emitted[old], self.new_emitted[new]
        reach = {hunk: (_statements(self.before[old], hunk.a0, hunk.a1),
                        _statements(self.after[new], hunk.b0, hunk.b1)) for hunk in hunks}
        out: dict[Hunk, list[Hunk]] = {hunk: [] for hunk in hunks}
        for step in (_slid(was.source, now.source, step) for step in diff(was.source.lines, now.source.lines)):
            gone = set(was.origin[step.a0:step.a1])
            come = set(now.origin[step.b0:step.b1])
            for hunk in hunks:
                (a0, a1), (b0, b1) = reach[hunk]
                if any(a0 <= line < a1 for line in gone) or any(b0 <= line < b1 for line in come):
                    out[hunk].append(step)
        return out

    def _headers(self, old: Source, new: Source, hunk: Hunk, port: Source,
                 effects: Sequence[Hunk] | None = None) -> str:
        """What is left of a change of #include lines: nothing where headers only change places, or are those that
        the port has, or has not, anyway; '' for a change that is not settled so."""
        gone, come = _includes(old, hunk.a0, hunk.a1), _includes(new, hunk.b0, hunk.b1)
        if gone is None or come is None or not gone + come:
            return ""
        if effects is not None:         # which of illumos' headers a text needs is told by what it uses
            was, now = self.old_emitted[old.name].source, self.new_emitted[new.name].source
            gone = [text for step in effects for text in _includes(was, step.a0, step.a1) or ()]
            come = [text for step in effects for text in _includes(now, step.b0, step.b1) or ()]
            old, new = was, now
        less = [text for text in gone if text not in new.names]
        more = [text for text in come if text not in old.names]
        if not less + more:
            return NOTHING
        return THERE if not any(text in port.names for text in less) and \
            all(text in port.names for text in more) else ""

    def _pair(self, old: Source, new: Source, hunk: Hunk, upstream: Source) -> Pair | str:
        """What corresponds to where a change is; or why nothing does."""
        block = old.block_of(hunk.a0, hunk.a1)
        if block is None:
            port = self.counterparts.file(upstream.name)
            if port is None:
                return "the port has no counterpart of the file"
            return Pair(old, None, new, None, port, None)
        found = self.counterparts.block(upstream, block)
        if found is None:
            return f"the port has no counterpart of {block.kind} {block.name}"
        inside = new.block_of(hunk.b0, hunk.b1)
        if inside is None or inside.key != block.key:
            return f"{block.kind} {block.name} is another one afterwards"
        return Pair(old, block, new, inside, *found)

    def _placer(self, pair: Pair) -> Placer:
        key = (id(pair.old), pair.old_block, id(pair.new), pair.new_block, pair.port.name, pair.port_block)
        return self._placers.setdefault(key, Placer(pair))

    def _part(self, old: Source, new: Source, hunk: Hunk, effects: list[Hunk] | None) -> Part:
        part = self._placed(old, new, hunk, effects)
        flags = [self._left_out[key] for key in [*((False, old.name, line) for line in range(hunk.a0, hunk.a1)),
                                                 *((True, new.name, line) for line in range(hunk.b0, hunk.b1))]
                 if key in self._left_out]
        if flags and part.state == NOTHING:
            part.state, part.reason = ABSENT, f"it stands under {flags[0].decode('latin-1')}, which the port left out"
        elif flags and part.how == "translated":
            part.reason = f"less what stands under {flags[0].decode('latin-1')}, which the port left out"
        return part

    def _placed(self, old: Source, new: Source, hunk: Hunk, effects: list[Hunk] | None) -> Part:
        part = Part(hunk, old_block=old.block_of(hunk.a0, hunk.a1))
        pair = self._pair(old, new, hunk, old)
        if isinstance(pair, str):
            part.reason, part.state = pair, ABSENT if "no counterpart" in pair else LEFT
            if effects == [] and part.state == ABSENT and not same_code(old, new, hunk):
                part.reason, part.state = "it changes nothing in the translated text", NOTHING
            part.port = self.counterparts.file(old.name)
            part.line = 1 if part.port else 0
            if part.port is not None and part.old_block is not None:
                outer = self._placer(Pair(old, None, new, None, part.port, None))
                part.line = outer.line(Hunk(part.old_block.start, part.old_block.start, 0, 0))
            return part
        placer = self._placer(pair)
        part.port, part.port_block, part.line = pair.port, pair.port_block, placer.line(hunk)
        settled = self._headers(old, new, hunk, pair.port, effects)
        if settled or placer.already(hunk) or self._gone(pair, hunk):
            part.state = settled or THERE
            return part
        if effects == [] and not same_code(old, new, hunk):
            part.state, part.reason = NOTHING, "it changes nothing in the translated text"
            return part
        if effects and self._translated(part, old, new, effects) and not self._unknown(part):
            return part
        edit = placer.edit(hunk)
        if edit is not None:
            tried = replace_part(part)
            self._take(tried, [edit], "upstream", [(old, new, hunk)])
            if part.state != APPLIED or not self._unknown(tried):
                return tried
        if part.state == LEFT:
            part.reason = "the port's text is not upstream's here"
            if self._foreign_names(old, hunk, pair):
                part.state, part.reason = ABSENT, "the port has nothing of what it changes"
        return part

    def _foreign_names(self, old: Source, hunk: Hunk, pair: Pair) -> bool:
        """Whether a change is one of declarations that the port has not."""
        if pair.old_block is not None and pair.old_block.kind == "function":
            return False
        text = b"".join(old.lines[hunk.a0:hunk.a1])
        names = declared(text) | announced(text)
        return bool(names) and not names & self._names

    def _gone(self, pair: Pair, hunk: Hunk) -> bool:
        """Whether all that upstream takes away is not in the port in the first place."""
        if [word for word in pair.new.code if hunk.b0 <= word.line < hunk.b1]:
            return False
        inside = [block for block in pair.old.blocks if hunk.a0 <= block.start and block.end <= hunk.a1]
        text = b"".join(pair.old.lines[hunk.a0:hunk.a1])
        names = declared(text) | announced(text)
        if (pair.old_block is None or pair.old_block.kind == "struct") and not inside and names and \
                not names & self._names:
            return True
        rest = [word for word in pair.old.code if hunk.a0 <= word.line < hunk.a1
                and not any(block.start <= word.line < block.end for block in inside)]
        if pair.old_block is not None and rest and not inside:
            port = {word.text for word in pair.port.stream(pair.port_block, False)}
            own = declared(text)
            if own and not own & port and not any(word.text == b"(" for word in rest):
                return True
        return bool(inside or rest) and all(self.counterparts.block(pair.old, block) is None for block in inside) and \
            all(word.text.startswith(b"#include") and word.text not in pair.port.names for word in rest)

    def _translated(self, part: Part, old: Source, new: Source, effects: Sequence[Hunk]) -> bool:
        """Place what the change changes in the translated text."""
        was, now = self.old_emitted[old.name].source, self.new_emitted[new.name].source
        edits, steps = [], []
        for step in effects:
            pair = self._pair(was, now, step, old)
            if isinstance(pair, str) or (pair.port_block is not None and pair.port_block != part.port_block):
                return False
            placer = self._placer(pair)
            if self._headers(was, now, step, pair.port) or placer.already(step):
                continue
            edit = placer.edit(step)
            if edit is None:
                return False
            edits.append(edit)
            steps.append((was, now, step))
        if edits:
            self._take(part, edits, "translated", steps)
        else:
            part.state, part.how = THERE, "translated"
        return True

    def _take(self, part: Part, edits: list[Edit], how: str, texts: Sequence[tuple[Source, Source, Hunk]]) -> None:
        part.state, part.how, part.edits, part.reason = APPLIED, how, edits, ""
        part.line = bisect_right(self.port[edits[0].file].starts, edits[0].start)
        part.names, part.defines, part.removes, part.local = set(), set(), set(), set()
        weight = [0, 0, 0, 0]
        for old, new, hunk in texts:
            gone = [word for word in old.code if hunk.a0 <= word.line < hunk.a1]
            come = [word for word in new.code if hunk.b0 <= word.line < hunk.b1]
            if [word.text for word in gone] == [word.text for word in come]:
                continue
            part.names |= _names(come) - _names(gone)
            was, now = b"".join(old.lines[hunk.a0:hunk.a1]), b"".join(new.lines[hunk.b0:hunk.b1])
            part.defines |= declared(now)
            part.removes |= declared(was) - declared(now)
            part.drops |= values(old, hunk.a0, hunk.a1) - values(new, hunk.b0, hunk.b1)
            part.statics |= set(_STATIC.findall(now))
            part.sets |= {word.text for word, then in zip(come, come[1:], strict=False)
                          if word.name and then.text in (b"=", b"|=")}
            block = new.block_of(hunk.b0, hunk.b1)
            if block is not None and block.kind == "function":
                part.local |= declared(b"".join(new.lines[block.start:block.end]))
            for index, (a, b) in enumerate(zip(balance(gone), balance(come), strict=True)):
                weight[index] += b - a
        part.weight = tuple(weight)

    def _unknown(self, part: Part) -> set[bytes]:
        """The names that a change uses, and neither the port nor upstream's new text defines."""
        return {name for name in part.names if name not in self._names and name not in self._fresh
                and name not in part.local}
