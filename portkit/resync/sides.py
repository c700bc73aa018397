"""All that is compared: upstream before and after, each as it is and as it is translated, and the port."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from portkit.resync.align import Pair
from portkit.resync.counterparts import Counterparts
from portkit.resync.cwords import Source
from portkit.resync.dialect import Dialect, Emitted
from portkit.resync.textmerge import Hunk, diff


class Sides:
    """`before`, `after` and `port` by file; the translated texts are said as the port says it (portkit.resync.dialect).
    """

    def __init__(self, before: Mapping[str, Source], after: Mapping[str, Source], port: Mapping[str, Source],
                 old_emitted: Mapping[str, Emitted], new_emitted: Mapping[str, Emitted]) -> None:
        self.before, self.after, self.port = before, after, port
        self.old_emitted: dict[str, Emitted] = {}
        self.new_emitted: dict[str, Emitted] = {}
        self.counterparts = Counterparts(before, port)
        dialect = Dialect(old_emitted, before, port, self.counterparts)
        self.left_out: dict[tuple[bool, str, int], bytes] = {}      # new or old, file, line -> flag that it is under
        for new, texts, spoken in ((False, old_emitted, self.old_emitted), (True, new_emitted, self.new_emitted)):
            for name, one in texts.items():
                spoken[name], out = dialect.speak(one)
                self.left_out.update({(new, name, line): flag for line, flag in out.items()})
        self.names = frozenset[bytes]().union(*(source.names for source in port.values()))

    def effects(self, old: str, new: str, hunks: Sequence[Hunk]) -> dict[Hunk, list[Hunk]] | None:
        """What each change changes in the translated text; None where that is not known."""
        if old not in self.old_emitted or new not in self.new_emitted:
            return None
        was, now = self.old_emitted[old], self.new_emitted[new]
        reach = {hunk: (_statements(self.before[old], hunk.a0, hunk.a1),
                        _statements(self.after[new], hunk.b0, hunk.b1)) for hunk in hunks}
        out: dict[Hunk, list[Hunk]] = {hunk: [] for hunk in hunks}
        for step in (slid(was.source, now.source, step) for step in diff(was.source.lines, now.source.lines)):
            gone = set(was.origin[step.a0:step.a1])
            come = set(now.origin[step.b0:step.b1])
            for hunk in hunks:
                (a0, a1), (b0, b1) = reach[hunk]
                if any(a0 <= line < a1 for line in gone) or any(b0 <= line < b1 for line in come):
                    out[hunk].append(step)
        return out

    def pair(self, old: Source, new: Source, hunk: Hunk, upstream: Source) -> Pair | str:
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


def slid(old: Source, new: Source, hunk: Hunk) -> Hunk:
    """New functions as whole ones: `diff` may as well show them from the middle of a head that they share with the
    next one."""
    at, first, last = hunk.a0, hunk.b0, hunk.b1
    if hunk.a0 != hunk.a1:
        return hunk
    while old.block_of(at, at) is not None and at and new.lines[last - 1] == old.lines[at - 1]:
        at, first, last = at - 1, first - 1, last - 1
    whole = any(first <= block.start and block.end <= last for block in new.blocks)
    return Hunk(at, at, first, last) if whole and old.block_of(at, at) is None else hunk


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
