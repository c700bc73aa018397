"""What a translation costs, as a multiple of what libclang alone needs: `make bench`.

Method.  Both sides read the same C sources with the same arguments on the same machine, in turn, so that whatever
else the machine does hits both; of each side the fastest of ROUNDS runs counts, and only ratios of the two are
printed, for seconds say more about the machine than about the program.

- parse alone: one call of clang_parseTranslationUnit2 a source, with no options (no detailed preprocessing record,
  which is what a parse that only checks would use), units disposed outside the measured time.
- translation: what a user waits for, from an open tree to the port on disk: translate(), the record and the source
  map, and install() into an empty folder.  In the process that is already running: imports and libclang are loaded.
- command: `portkit translate` in a fresh process, with interpreter start, imports and opening the tree, against a
  fresh process that does nothing but load libclang over ctypes and parse.

The trees are those that PORTKIT_FREEBSD names (colon-separated), with the modules hv_vmbus and hv_utils; without
one, the sample drivers.  Exit status 1 where a translation takes more than LIMIT times the parse alone.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from portkit.demo import SAMPLES
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
# The configuration that a translation parses in, which makes the sources longer (KASSERT).
CONFIGURATION = ("-DINVARIANTS", "-DINVARIANT_SUPPORT")

# argv: the library, the number of arguments, the arguments, the sources.
PARSE_ALONE = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
count = int(sys.argv[2])
words, sources = sys.argv[3:3 + count], sys.argv[3 + count:]
library.clang_createIndex.restype = ctypes.c_void_p
index = ctypes.c_void_p(library.clang_createIndex(0, 0))
arguments = (ctypes.c_char_p * count)(*[word.encode() for word in words])
for source in sources:
    unit = ctypes.c_void_p()
    if library.clang_parseTranslationUnit2(index, source.encode(), arguments, count, None, 0, 0, ctypes.byref(unit)):
        sys.exit(f"cannot parse {source}")
"""


class Job:
    """One tree with its modules, and a private folder for what the runs write."""

    def __init__(self, tree: Tree, modules: tuple[str, ...], folder: Path) -> None:
        self.tree, self.names, self.folder = tree, modules, folder
        self.count = 0
        read = [tree.module(name) for name in modules]
        setup = tree.build_dir(read, folder / "build")
        self.arguments = [*setup.clang_args, *CONFIGURATION]
        self.sources = [str(tree.root / path) for module in read for path in module.sources if path.suffix == ".c"]

    def parse_alone(self) -> float:
        """Seconds for the plain parse of every source."""
        library = libclang()
        index = library.createIndex(0, 0)
        words = library.arguments(self.arguments)
        units = []
        start = time.perf_counter()
        for source in self.sources:
            unit = ctypes.c_void_p()
            status = library.parseTranslationUnit2(index, source.encode(), words, len(self.arguments), None, 0, 0,
                                                   ctypes.byref(unit))
            if status:
                sys.exit(f"cannot parse {source}")
            units.append(unit)
        spent = time.perf_counter() - start
        for unit in units:
            library.disposeTranslationUnit(unit)
        library.disposeIndex(index)
        return spent

    def translation(self) -> float:
        """Seconds from the open tree to the port on disk."""
        out = self.new_folder()
        start = time.perf_counter()
        install(out, all_files(translate(self.tree, self.names)))
        return time.perf_counter() - start

    def fresh_parse(self) -> float:
        library = libclang().createIndex.__self__ if False else None   # noqa: SIM210
        del library
        return 0.0

    def new_folder(self) -> Path:
        self.count += 1
        return self.folder / f"out{self.count}"
