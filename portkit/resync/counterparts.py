"""What in a port written by hand corresponds to what upstream, by content: its files and blocks may have other names.

A file of the port belongs to the file upstream that it shares the most with: names of functions, structures and macros,
and lines that only that file has.  A block belongs to the one of its name; a function of another name, to the one with
the same words in it.  The functions that both have tell how the port says what portkit says otherwise (Dialect).
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from portkit.errors import PortkitError
from portkit.resync.cwords import Source, Word, balance, doubled, without_keywords
from portkit.resync.moves import Block
from portkit.resync.textmerge import diff

TEXTS = (".c", ".h", ".m", ".S")
_SHARED = 0.08          # of the smaller file, for two files to be counterparts
_ALIKE = 0.7            # of a function's words, where the names differ
_LEAST = 30             # words of a function that can be told by them
_OFTEN = 2              # times that the port has to say something its own way, to be taken at its word
_FUNCTION = re.compile(rb"^([A-Za-z_]\w*)\(", re.MULTILINE)


def read_texts(folder: Path) -> dict[str, bytes]:
    """The C texts below a folder, by path."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix in TEXTS and path.is_file() and not path.is_symlink():
                try:
                    found[str(path.relative_to(folder))] = path.read_bytes()
                except OSError as error:
                    raise PortkitError(f"cannot be read: {error.strerror}", file=path) from error
    return found


def upstream_folder(root: Path, port: Mapping[str, Source], shown: Path) -> Path:
    """The folder below `root` whose drivers the port was made from: the one that has its functions.

    PortkitError where upstream does not explain the port.
    """
    own = {block.name.encode("latin-1") for source in port.values() for block in source.blocks
           if block.kind == "function"}
    common = Counter[bytes]()
    defines: dict[str, set[bytes]] = {}
    for path, data in _sources(root):
        names = set(_FUNCTION.findall(data)) & own
        common.update(names)
        if names:
            defines[path] = names
    # What many drivers have is no evidence of any.
    weights = Counter({path: sum(1 for name in names if common[name] <= 3) for path, names in defines.items()})
    total = weights.total()
    explained = {name for path, names in defines.items() if weights[path] for name in names if common[name] <= 3}
    if len(explained) < 3 or 5 * len(explained) < len(own):
        raise PortkitError(f"upstream does not explain this port: of its {len(own)} functions the old tree has "
                           f"{len(explained)}", file=shown, hint="give the folder of the port itself with --port, and "
                           "the FreeBSD tree that it was made from with --from")
    folder = PurePosixPath()
    while True:
        below = Counter[str]()
        for path, weight in weights.items():
            parts = PurePosixPath(path).parent.parts
            if parts[:len(folder.parts)] == folder.parts and len(parts) > len(folder.parts):
                below[parts[len(folder.parts)]] += weight
        best = max(sorted(below), key=lambda name: below[name], default="")
        if not best or 10 * below[best] < 8 * total:
            return Path(folder)
        folder /= best


def _sources(root: Path) -> list[tuple[str, bytes]]:
    out = []
    for place, folders, names in os.walk(root / "sys"):
        folders[:] = sorted(name for name in folders if name not in ("contrib", "modules"))
        for name in sorted(names):
            path = Path(place) / name
            if name.endswith(".c") and path.is_file():
                out.append((path.relative_to(root).as_posix(), path.read_bytes()))
    return out


def read_upstream(root: Path, folder: Path) -> dict[str, Source]:
    return {str(folder / name): Source(str(folder / name), without_keywords(data))
            for name, data in read_texts(root / folder).items()}


class Counterparts:
    def __init__(self, upstream: Mapping[str, Source], port: Mapping[str, Source]) -> None:
        self.upstream, self.port = upstream, port
        self._blocks: dict[tuple[str, str], list[tuple[Source, Block]]] = defaultdict(list)
        for source in port.values():
            for block in source.blocks:
                self._blocks[block.key].append((source, block))
        self.files = self._files()
        self._renamed: dict[tuple[str, str, int], tuple[Source, Block] | None] = {}
        names = {block.key for source in upstream.values() for block in source.blocks}
        self._own = [item for key, items in self._blocks.items() for item in items
                     if key[0] == "function" and key not in names]
        self._words = {id(block): Counter(word.text for word in source.stream(block, False))
                       for source, block in self._own}

    def _files(self) -> dict[str, list[str]]:
        """File upstream -> files of the port with something of it, the most similar first."""
        known: dict[str, set[bytes]] = {}
        spread = Counter[bytes]()
        for name, source in self.upstream.items():
            known[name] = _telling(source)
            spread.update(known[name])
        mine = {name: _telling(source) for name, source in self.port.items()}
        out: dict[str, list[str]] = {}
        for name, lines in known.items():
            scores = []
            for own, texts in mine.items():
                both = sum(_weight(line) for line in lines & texts if spread[line] == 1)
                least = min(sum(_weight(line) for line in side) for side in (lines, texts))
                if both and both >= _SHARED * least:
                    scores.append((-both, own))
            out[name] = [own for _, own in sorted(scores)]
        return out

    def file(self, name: str) -> Source | None:
        found = self.files.get(name)
        return self.port[found[0]] if found else None

    def block(self, source: Source, block: Block) -> tuple[Source, Block] | None:
        """The port's block for one upstream; None where there is none, or more than one could be meant."""
        found = self._blocks.get(block.key, [])
        for name in self.files.get(source.name, ()):
            here = [item for item in found if item[0].name == name]
            if here:
                return here[0] if len(here) == 1 else None
        if found:
            twins = sum(1 for other in self.upstream.values() for one in other.blocks if one.key == block.key)
            return found[0] if len(found) == 1 and twins == 1 else None
        return self._similar(source, block) if block.kind == "function" else None

    def _similar(self, source: Source, block: Block) -> tuple[Source, Block] | None:
        key = (source.name, block.name, block.start)
        if key not in self._renamed:
            words = Counter(word.text for word in source.stream(block, False))
            shares = []
            for item in self._own if words.total() >= _LEAST else ():
                other = self._words[id(item[1])]
                shares.append(((words & other).total() / max(words.total(), other.total()), item))
            shares.sort(key=lambda share: -share[0])
            sure = bool(shares) and shares[0][0] >= _ALIKE and (len(shares) == 1 or shares[1][0] < shares[0][0] - 0.1)
            self._renamed[key] = shares[0][1] if sure else None
        return self._renamed[key]


def _telling(source: Source) -> set[bytes]:
    """Lines of code and the names of blocks: what a file is known by, whatever its layout."""
    out = {f"\0{kind} {name}".encode("latin-1") for kind, name in (block.key for block in source.blocks)}
    lines: dict[int, list[bytes]] = defaultdict(list)
    for word in source.code:
        lines[word.line].append(word.text)
    return out | {b" ".join(words) for words in lines.values() if len(words) > 3}


def _weight(line: bytes) -> int:
    return 40 if line.startswith(b"\0") else len(line)


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


_CONSTANT = re.compile(rb"[A-Z][A-Z0-9_]+\Z")
_CONVERSION = re.compile(rb"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|ll|[hljzt])?[a-zA-Z]")
_NAME = re.compile(rb"[A-Za-z_]\w*\Z")
_FLAG = re.compile(rb"#[ \t]*define[ \t]+\w+[ \t]+(?:0x[0-9a-fA-F]+|[0-9]+)[uUlL]*[ \t]*(?:/\*.*)?$")
_LITERAL = re.compile(rb'"((?:\\.|[^"\\\n])*)"\Z')
_Words = tuple[bytes, ...]


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
