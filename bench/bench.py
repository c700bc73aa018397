"""What a translation costs, as a multiple of what libclang alone needs: `make bench`.

Method.  Both sides read the same C sources with the same arguments on the same machine, in turn, so that
whatever else the machine does hits both; of each side the fastest of ROUNDS runs counts, and only ratios are
printed, for seconds say more about the machine than about the program.

- parse alone: one call of clang_parseTranslationUnit2 a source, with no options (no detailed preprocessing
  record, as a parse that only checks would do it); units are disposed outside the measured time.
- translation: what a user waits for, from an open tree to the port on disk: translate(), the record and the
  source map, and install() into an empty folder.  Imports and libclang are loaded already.
- command: `portkit translate` as a fresh process, with the start of the interpreter, imports, and the search
  of the tree for the modules, against a fresh process that does nothing but load libclang and parse.

The trees are those that PORTKIT_FREEBSD names (colon-separated), with the modules hv_vmbus and hv_utils;
without it, the sample drivers.  Exit status 1 where a translation takes more than LIMIT times the parse.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from clang.cindex import Config

from portkit.demo import SAMPLES
from portkit.errors import PortkitError
from portkit.frontend.libclang import libclang
from portkit.output import install
from portkit.report.record import all_files
from portkit.translate import translate
from portkit.upstream import Tree
from portkit.upstream.sample_headers import assemble

ROUNDS = 5
LIMIT = 3.0
REAL = ("hv_vmbus", "hv_utils")
SAMPLE = ("hvs_vmbus", "hvs_heartbeat")
# What a translation defines beyond the build's own arguments; it makes the sources longer (KASSERT).
CONFIGURATION = ("-DINVARIANTS", "-DINVARIANT_SUPPORT")

# Its arguments: the library, how many arguments clang gets, those, the sources.
PARSE_ALONE = """
import ctypes, sys
library, count = ctypes.CDLL(sys.argv[1]), int(sys.argv[2])
words, sources = sys.argv[3:3 + count], sys.argv[3 + count:]
library.clang_createIndex.restype = ctypes.c_void_p
index = ctypes.c_void_p(library.clang_createIndex(0, 0))
arguments = (ctypes.c_char_p * count)(*[word.encode() for word in words])
parse = library.clang_parseTranslationUnit2
for source in sources:
    unit = ctypes.c_void_p()
    if parse(index, source.encode(), arguments, count, None, 0, 0, ctypes.byref(unit)):
        sys.exit(f"cannot parse {source}")
"""


class Job:
    """One tree with its modules, and a private folder for what runs write.  Each run returns its seconds."""

    def __init__(self, tree: Tree, names: Sequence[str], folder: Path) -> None:
        self.tree, self.names, self.folder = tree, names, folder
        self.outs = 0
        modules = [tree.module(name) for name in names]
        self.arguments = [*tree.build_dir(modules, folder / "build").clang_args, *CONFIGURATION]
        self.sources = [str(tree.root / path) for module in modules for path in module.sources
                        if path.suffix == ".c"]

    def parse_alone(self) -> float:
        library = libclang()
        index = library.createIndex(0, 0)
        words = library.arguments(self.arguments)
        units = []
        start = time.perf_counter()
        for source in self.sources:
            unit = ctypes.c_void_p()
            if library.parseTranslationUnit2(index, source.encode(), words, len(self.arguments), None, 0, 0,
                                             ctypes.byref(unit)):
                sys.exit(f"cannot parse {source}")
            units.append(unit)
        spent = time.perf_counter() - start
        for unit in units:
            library.disposeTranslationUnit(unit)
        library.disposeIndex(index)
        return spent

    def translation(self) -> float:
        out = self._new_out()
        start = time.perf_counter()
        install(out, all_files(translate(self.tree, self.names)))
        return time.perf_counter() - start

    def process_parse_alone(self) -> float:
        return _run([sys.executable, "-c", PARSE_ALONE, Config().get_filename(), str(len(self.arguments)),
                     *self.arguments, *self.sources], (0,))

    def process_translation(self) -> float:
        chosen = [word for name in self.names for word in ("-m", name)]
        return _run([sys.executable, "-m", "portkit", "translate", str(self.tree.root), *chosen,
                     "-o", str(self._new_out())], (0, 1))

    def _new_out(self) -> Path:
        self.outs += 1
        return self.folder / f"out{self.outs}"


def _run(command: list[str], good: tuple[int, ...]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    spent = time.perf_counter() - start
    if done.returncode not in good:
        sys.exit(done.stderr.decode("utf-8", "replace"))
    return spent


def measure(tree: Tree, names: Sequence[str], folder: Path) -> bool:
    """Print the ratios of one tree; whether the translation keeps to the limit."""
    job = Job(tree, names, folder)
    job.parse_alone()               # the first reads of the files come from the disk, whoever makes them
    rounds = [(job.parse_alone(), job.translation()) for _ in range(ROUNDS)]
    processes = [(job.process_parse_alone(), job.process_translation()) for _ in range(ROUNDS)]
    warm, fresh = (min(whole for _, whole in runs) / min(parse for parse, _ in runs)
                   for runs in (rounds, processes))
    good = warm <= LIMIT
    print(f"FreeBSD {tree.revision}: {', '.join(names)}, {len(job.sources)} sources, best of {ROUNDS} runs")
    print(f"  translation / parse alone                    {warm:5.2f}   at most {LIMIT:.1f}: "
          f"{'kept' if good else 'MISSED'}")
    print(f"  command / process that only parses           {fresh:5.2f}")
    return good


def main() -> int:
    places = [place for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]
    good = True
    with tempfile.TemporaryDirectory(prefix="portkit-bench-") as name:
        folder = Path(name)
        if not places:
            print("PORTKIT_FREEBSD names no tree: measuring the sample drivers")
            assemble(SAMPLES / "sample", folder / "tree")
            with Tree.open(folder / "tree") as tree:
                good = measure(tree, SAMPLE, folder)
        for number, place in enumerate(places):
            with Tree.open(place) as tree:
                good = measure(tree, REAL, folder / str(number)) and good
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PortkitError as error:
        sys.exit(f"bench: {error}")
