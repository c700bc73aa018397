"""From an address in an ELF file to the function and the source line, and on to the upstream line.

One addr2line(1) is run for each file, with all addresses that are asked about.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit.boot.events import Frame, Stack
from portkit.errors import PortkitError
from portkit.illumos.sourcemap import SourceMap


@dataclass(frozen=True)
class Where:
    """A place in the source: what one frame of a stack shows."""

    function: str
    file: str | None = None             # a module's relative to the port's folder
    line: int | None = None
    module: str | None = None           # None in the simulated kernel
    upstream: tuple[str, int] | None = None
    inlined: bool = False               # into the function of the next frame

    def to_json(self) -> dict[str, Any]:
        return {"function": self.function, "module": self.module, "file": self.file, "line": self.line,
                "upstream": upstream_json(self.upstream)}

    def __str__(self) -> str:
        if self.module is None:
            return self.function
        text = f"{self.module}`{self.function}"
        if self.file is not None:
            text += f"  {self.file}:{self.line}" if self.line else f"  {self.file}"
        if self.upstream is not None:
            text += f"  (upstream {self.upstream[0]}:{self.upstream[1]})"
        return text


def upstream_json(upstream: tuple[str, int] | None) -> dict[str, Any] | None:
    return {"file": upstream[0], "line": upstream[1]} if upstream is not None else None


@dataclass(frozen=True)
class _Line:
    function: str
    file: str | None
    line: int | None


class Symbols:
    """Resolves stacks.  `modules` are the ELF files of the port by module name; any other is the simulator's.

    Give all frames to `learn` first.  PortkitError when addr2line(1) is missing.
    """

    def __init__(self, modules: Mapping[str, Path], simulator: Path | None, source_map: SourceMap | None = None,
                 folder: Path | None = None) -> None:
        self._modules = {os.path.realpath(path): name for name, path in modules.items()}
        self._simulator = os.path.realpath(simulator) if simulator is not None else None
        self._map = source_map
        self._folder = folder
        self._known: dict[Frame, list[_Line]] = {}

    def learn(self, stacks: Iterable[Stack]) -> None:
        """Look up all frames of these stacks."""
        wanted: dict[str, set[int]] = {}
        for stack in stacks:
            for frame in stack:
                if frame not in self._known and self._ours(frame.object):
                    wanted.setdefault(frame.object, set()).add(frame.offset)
        for file, offsets in sorted(wanted.items()):
            for offset, lines in addr2line(Path(file), sorted(offsets)).items():
                self._known[Frame(file, offset)] = lines

    def _ours(self, file: str) -> bool:
        real = os.path.realpath(file)
        return real in self._modules or real == self._simulator

    def module_of(self, frame: Frame) -> str | None:
        return self._modules.get(os.path.realpath(frame.object))

    def frame(self, frame: Frame) -> list[Where]:
        """The source places of one frame: more than one where functions were inlined, innermost first."""
        if frame not in self._known:
            self.learn([(frame,)])
        module = self.module_of(frame)
        lines = self._known.get(frame, [])
        places = []
        for number, line in enumerate(lines):
            file = self._relative(line.file) if module is not None and line.file is not None else line.file
            upstream = None
            if module is not None and file is not None and line.line and self._map is not None:
                upstream = self._map.lookup(file, line.line)
            places.append(Where(line.function, file, line.line, module, upstream, number + 1 < len(lines)))
        return places

    def stack(self, stack: Stack, whole: bool = True) -> list[Where]:
        """A stack as its reader wants it: the frames in modules, and between them only the kernel function that a
        module called.

        A stack that is not `whole` (the thread sanitizer's: it does not see the kernel) has no such function but at
        its inner end.
        """
        shown: list[Where] = []
        called: Where | None = None
        for frame in stack:
            if not self._ours(frame.object):
                continue            # the C library, or a sanitizer's runtime
            places = self.frame(frame)
            if not places:
                continue
            if places[0].module is None:
                # The machine itself is nothing that a driver calls: it comes in between two instructions.
                if not os.path.normpath(places[-1].file or "").startswith("machine/"):
                    called = Where(places[-1].function)
                continue
            if called is not None and (whole or not shown):
                shown.append(called)
            called = None
            shown += places
        return shown

    def place(self, stack: Stack) -> Where | None:
        """The innermost place in a module: where a driver did what the stack is about."""
        return next((where for where in self.stack(stack) if where.module is not None), None)

    def _relative(self, file: str) -> str:
        """A file name as the port has it; headers of the kernel keep their own."""
        path = os.path.normpath(file)
        if self._folder is not None and os.path.isabs(path):
            inside = os.path.relpath(path, self._folder)
            return path if inside.startswith("..") else inside
        return path


def addr2line(file: Path, offsets: Sequence[int], section: str | None = None) -> dict[int, list[_Line]]:
    """The source lines of addresses in an ELF file, each with what was inlined there, innermost first.

    With `section` the addresses begin at that section, as they do in an object that is not linked.
    """
    command = shutil.which("addr2line")
    if command is None:
        raise PortkitError("addr2line is not installed: no address can be shown as a line", hint="install binutils")
    asked = "".join(f"{offset:#x}\n" for offset in offsets)
    where = ["-j", section] if section is not None else []
    done = subprocess.run([command, "-a", "-f", "-i", *where, "-e", os.fspath(file)], input=asked.encode(),
                          capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    found: dict[int, list[_Line]] = {}
    current: list[_Line] = []
    at = 0
    while at < len(lines):
        if re.fullmatch(r"0x[0-9a-f]{16}", lines[at]):
            current = found.setdefault(int(lines[at], 16), [])
            at += 1
            continue
        function = lines[at].removeprefix("k_")
        place = re.match(r"(.*):(\d+|\?)(?: \(discriminator \d+\))?$", lines[at + 1]) if at + 1 < len(lines) else None
        name = place[1] if place and place[1] != "??" else None
        number = int(place[2]) if place and place[2] not in ("?", "0") else None
        if function != "??" or name is not None:
            current.append(_Line(function, name, number))
        at += 2
    return found
