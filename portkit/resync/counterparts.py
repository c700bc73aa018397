"""What in a port written by hand corresponds to what upstream, by content: its files and blocks may have other names.

A file of the port belongs to the file upstream that it shares the most with: names of functions, structures and macros,
and lines that only that file has.  A block belongs to the one of its name; a function of another name, to the one with
the same words in it.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from portkit.errors import PortkitError
from portkit.resync.cwords import Source, without_keywords
from portkit.resync.moves import Block

TEXTS = (".c", ".h", ".m", ".S")
_SHARED = 0.08          # of the smaller file, for two files to be counterparts
_ALIKE = 0.7            # of a function's words, where the names differ
_LEAST = 30             # words of a function that can be told by them
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
