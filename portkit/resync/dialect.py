"""How a port written by hand says what portkit says otherwise, learnt from the functions that both have."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portkit.resync.counterparts import Counterparts
from portkit.resync.cwords import Source, Word, balance, doubled
from portkit.resync.textmerge import diff

_OFTEN = 2              # times that the port has to say something its own way, to be taken at its word
_CONSTANT = re.compile(rb"[A-Z][A-Z0-9_]+\Z")
_CONVERSION = re.compile(rb"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|ll|[hljzt])?[a-zA-Z]")
_NAME = re.compile(rb"[A-Za-z_]\w*\Z")
_FLAG = re.compile(rb"#[ \t]*define[ \t]+\w+[ \t]+(?:0x[0-9a-fA-F]+|[0-9]+)[uUlL]*[ \t]*(?:/\*.*)?$")
_LITERAL = re.compile(rb'"((?:\\.|[^"\\\n])*)"\Z')
_Words = tuple[bytes, ...]


@dataclass
class Emitted:
    """A file as portkit emits it, and the line upstream (from 0) of each of its lines; -1 for none."""

    source: Source
    origin: list[int]

    def edited(self, edits: Sequence[tuple[int, int, bytes]]) -> Emitted:
        """With bytes [start, end) exchanged.  A line's origin is that of the first of its text that stayed."""
        data, starts = self.source.data, self.source.starts
        pieces: list[bytes] = []
        origin: list[int] = []
        known: int | None = None
        at = 0
        for start, end, text in [*sorted(edits), (len(data), len(data), b"")]:
            pieces += [data[at:start], text]
            while at < start:
                number = bisect_right(starts, at) - 1
                stop = min(start, starts[number + 1])
                if known is None and data[at:stop].strip():
                    known = self.origin[number]
                if data[stop - 1:stop] == b"\n":
                    origin.append(self.origin[number] if known is None else known)
                    known = None
                at = stop
            assert b"\n" not in text
            at = end
        if known is not None:
            origin.append(known)
        source = Source(self.source.name, b"".join(pieces))
        return Emitted(source, (origin + [-1] * len(source.lines))[:len(source.lines)])


@dataclass(frozen=True)
class _Message:
    """A call that says something: `callee ( first, "text" ...`, maybe under an `if` of its own."""

    condition: _Words       # the words of that `if ( .. )`; () for none
    head: _Words            # those of the call before its text
    text: bytes
    places: tuple[int, int, int, int]       # indices of the `if`, the call, its text, behind its `;`

    @property
    def key(self) -> bytes:
        return _CONVERSION.sub(lambda found: b"%" + found.group()[-1:], self.text.removesuffix(b"\\n"))


class Dialect:
    """How the port says what portkit says otherwise, learnt from the functions that both have.

    Constants: where the port has another name, always the same.  Messages: the same text goes to the same call of the
    port's.  What stands under a flag that the port left out stays out.
    """

    def __init__(self, emitted: Mapping[str, Emitted], upstream: Mapping[str, Source], port: Mapping[str, Source],
                 counterparts: Counterparts) -> None:
        self._known = frozenset[bytes]().union(*(source.names for source in port.values()))
        self._doubles = {words[first - 2].text for source in port.values() for words in [_plain(source)]
                         for first, _ in doubled(words)}
        self._theirs = frozenset[bytes]().union(*(one.source.names for one in emitted.values()))
        self.constants: dict[bytes, bytes] = {}
        self.messages: dict[tuple[_Words, _Words], _Words] = {}
        self.conversions: dict[bytes, bytes] = {}
        flags = {block.name.encode("latin-1") for source in upstream.values() for block in source.blocks
                 if block.kind == "macro" and _FLAG.match(source.lines[block.end - 1].rstrip())}
        self._pairs = [(one.source.stream(block, False), found[0].stream(found[1], False))
                       for name, one in sorted(emitted.items()) if name in upstream
                       for block in one.source.blocks if block.kind == "function"
                       for found in [counterparts.block(upstream[name], block)] if found is not None]
        renamed = self._learn_constants()
        self.left_out = flags - self._known - renamed
        self._learn_messages()

    def _learn_constants(self) -> set[bytes]:
        """The constants that the port has another name for, sure or not."""
        found: Counter[tuple[bytes, bytes]] = Counter()
        doubtful: set[bytes] = set()
        for mine, other in self._pairs:
            for hunk in diff([word.text for word in mine], [word.text for word in other]):
                a = [word.text for word in mine[hunk.a0:hunk.a1] if self._strange(word.text, self._known)]
                b = [word.text for word in other[hunk.b0:hunk.b1] if self._strange(word.text, self._theirs)]
                if hunk.a1 - hunk.a0 == hunk.b1 - hunk.b0 == len(a) == len(b) == 1:
                    found[a[0], b[0]] += 1
                if b:
                    doubtful |= set(a)
        ones, others = Counter(one for one, _ in found), Counter(other for _, other in found)
        self.constants = {one: other for (one, other), number in sorted(found.items())
                          if number >= _OFTEN and ones[one] == others[other] == 1}
        return doubtful

    def _strange(self, text: bytes, known: frozenset[bytes]) -> bool:
        return _CONSTANT.match(text) is not None and text not in known

    def _learn_messages(self) -> None:
        calls: dict[tuple[_Words, _Words], Counter[_Words]] = defaultdict(Counter)
        conversions: dict[bytes, Counter[bytes]] = defaultdict(Counter)
        for mine, other in self._pairs:
            here, there = self._messages(mine), self._messages(other)
            for one in here:
                same = [two for two in there if two.key == one.key]
                if len(same) == 1 == sum(1 for two in here if two.key == one.key) and one.text.endswith(b"\\n") and \
                        not same[0].text.endswith(b"\\n"):
                    calls[() if same[0].condition else one.condition, one.head][same[0].head] += 1
                    for a, b in zip(_CONVERSION.findall(one.text), _CONVERSION.findall(same[0].text), strict=True):
                        conversions[a][b] += 1
        for key, found in calls.items():
            head, number = found.most_common(1)[0]
            if number >= _OFTEN and 10 * number >= 9 * found.total() and key[1][0] not in self._known:
                self.messages[key] = head
        self.conversions = {a: next(iter(found)) for a, found in conversions.items()
                            if len(found) == 1 and found.total() >= _OFTEN and a not in found}

    def _messages(self, words: Sequence[Word]) -> list[_Message]:
        """The messages of a function."""
        out = []
        for at, word in enumerate(words):
            if not word.name or not at or words[at - 1].text not in (b";", b"{", b"}", b")", b"else") or \
                    words[at + 1:at + 2] == [] or words[at + 1].text != b"(":
                continue
            end = next((index for index in range(at, len(words)) if words[index].text == b";"), len(words))
            text = next((index for index in range(at, end) if words[index].text.startswith(b'"')), end)
            if text == end or balance(list(words[at:text]))[0] != 1:
                continue
            parts = []
            for one in words[text:end]:
                found = _LITERAL.match(one.text)
                if found is None:
                    break
                parts.append(found.group(1))
            start, condition = self._condition(words, at, end)
            out.append(_Message(condition, tuple(one.text for one in words[at:text]), b"".join(parts),
                                (start, at, text, end + 1)))
        return out

    def _condition(self, words: Sequence[Word], at: int, end: int) -> tuple[int, _Words]:
        """The `if ( .. )` or `if ( .. ) { .. }` around one call alone."""
        close = at - 1
        if words[close].text == b"{" and words[end + 1:end + 2] and words[end + 1].text == b"}":
            close -= 1
        if words[close].text != b")":
            return at, ()
        start = close
        while start > 0 and words[start].text != b"if" and words[start].text not in (b";", b"{", b"}"):
            start -= 1
        after = words[end + 1 + (close < at - 1):][:1]
        if words[start].text != b"if" or b"else" in [word.text for word in [*after, *words[:start][-1:]]]:
            return at, ()
        return start, tuple(word.text for word in words[start:close + 1])

    def speak(self, emitted: Emitted) -> tuple[Emitted, dict[int, bytes]]:
        """A file as the port would say it; lines upstream that stay out -> the flag that they stand under."""
        source = emitted.source
        edits: list[tuple[int, int, bytes]] = []
        out: dict[int, bytes] = {}
        for block in source.blocks:
            if block.kind == "function":
                edits += self._cut(emitted, source.stream(block, False), out)
        cut = list(edits)
        for block in source.blocks:
            if block.kind == "function":
                words = source.stream(block, False)
                for one in self._messages(words):
                    if not any(a <= words[one.places[1]].start < b for a, b, _ in cut):
                        edits += self._said(source, words, one)
        edits += [(word.start, word.end, self.constants[word.text]) for word in source.code
                  if word.text in self.constants and not any(a <= word.start < b for a, b, _ in edits)]
        plain = _plain(source)
        edits += [(plain[index].start, plain[index].end, b"") for pair in doubled(plain)
                  if plain[pair[0] - 2].text not in self._doubles for index in pair
                  if not any(a <= plain[index].start < b for a, b, _ in edits)]
        return emitted.edited(edits), out

    def _said(self, source: Source, words: Sequence[Word], message: _Message) -> list[tuple[int, int, bytes]]:
        first, call, text, end = message.places
        head = self.messages.get((message.condition, message.head))
        if head is None:
            first, head = call, self.messages.get(((), message.head))
        known = {word.text for word in words}
        if head is None or not message.text.endswith(b"\\n") or \
                any(_NAME.match(name) and name not in known for name in head[1:]):
            return []
        last = text
        while words[last + 1].text.startswith(b'"'):
            last += 1
        if not words[last].text.endswith(b'\\n"'):
            return []
        edits = [(words[first].start, words[text].start, _joined(head))]
        for index in range(text, last + 1):
            literal = _CONVERSION.sub(self._conversion, words[index].text)
            if index == last:
                literal = literal[:-3] + b'"'
            if literal != words[index].text:
                edits.append((words[index].start, words[index].end, literal))
        if words[call - 1].text == b"{" and first < call:
            edits.append((words[end - 1].end, words[end].end, b""))
        return edits

    def _conversion(self, found: re.Match[bytes]) -> bytes:
        """A conversion for cmn_err(9F), which knows neither `#` nor `z`."""
        text = self.conversions.get(found.group(), found.group())
        if text.startswith(b"%#") and text.endswith(b"x"):
            text = b"0x%" + text[2:]
        return text.replace(b"z", b"l")

    def _cut(self, emitted: Emitted, words: Sequence[Word], out: dict[int, bytes]) -> list[tuple[int, int, bytes]]:
        """Statements `if (flags & NAME || ..) ..` of which the port knows no NAME: there, the flags are never set."""
        source, edits, at = emitted.source, [], 0
        for index, word in enumerate(words):
            if word.text != b"if" or word.start < at or words[index - 1].text not in (b";", b"{", b"}"):
                continue
            close = _closing(words, index + 1)
            flags = self._flags(words[index + 2:close])
            stop = _statement_end(words, close + 1)
            if not flags or stop is None or stop == len(words) or words[stop].text == b"else":
                continue
            first, last = words[index].line, words[stop - 1].line
            if words[index - 1].line == first or words[stop].line == last:
                continue
            edits.append((source.starts[first], source.starts[last + 1], b""))
            at = source.starts[last + 1]
            out.update({emitted.origin[line]: flags[0] for line in range(first, last + 1)})
        return edits

    def _flags(self, words: Sequence[Word]) -> list[bytes]:
        """The flags that a condition asks for, any of them, where the port left all out; else nothing."""
        out = []
        texts = [word.text for word in words]
        ends = [index for index, text in enumerate(texts) if text == b"||"]
        for first, last in zip([0, *(index + 1 for index in ends)], [*ends, len(texts)], strict=True):
            if ends and (texts[first:first + 1], texts[last - 1:last]) == ([b"("], [b")"]):
                first, last = first + 1, last - 1
            if last - first < 3 or texts[last - 2] != b"&" or texts[last - 1] not in self.left_out or \
                    not all(word.name or word.text in (b"->", b".") for word in words[first:last - 2]):
                return []
            out.append(texts[last - 1])
        return out


def _plain(source: Source) -> list[Word]:
    return [word for word in source.talk if not word.comment]


def _closing(words: Sequence[Word], opens: int) -> int:
    """The index of the bracket that closes the one at `opens`; of the last word where none does."""
    depth = 0
    for index in range(opens, len(words)):
        depth += words[index].text in (b"(", b"{")
        depth -= words[index].text in (b")", b"}")
        if not depth:
            return index
    return len(words) - 1


def _statement_end(words: Sequence[Word], first: int) -> int | None:
    """Behind a statement that is a block or a plain one; None for any other."""
    if words[first].text == b"{":
        return _closing(words, first) + 1
    if words[first].text in (b"if", b"for", b"while", b"do", b"switch"):
        return None
    return next((index + 1 for index in range(first, len(words)) if words[index].text == b";"), None)


def _joined(words: Sequence[bytes]) -> bytes:
    """The words of a call, up to its text, as they are written."""
    return b"".join(b", " if word == b"," else word for word in words)
