"""A panic of a real illumos machine, as its console showed it, resolved to lines of the source.

What a capture may hold: the text of a panic(9F) with registers and a stack, as the kernel prints it or as syslog keeps
it; a stack as mdb(1) prints it; and what serial consoles add: carriage returns, escape sequences, time stamps, lines
that are broken at the width of a terminal.

Frames are module, function and offset.  The modules are compiled as the kernel would load them, and the offset looked
up in the object: with the compiler and flags that built the machine's module it names the very line; with another
compiler the function is right, and the line is near.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from portkit.boot.plan import Port
from portkit.boot.symbols import addr2line, upstream_json
from portkit.errors import PortkitError
from portkit.illumos.compile import Compiler, compile_port
from portkit.illumos.modules import ModuleSpec
from portkit.report.terminal import console

MAX_SIZE = 64 << 20         # bytes of a capture

_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[ -/]*[0-~]")
_STAMP = re.compile(
    r"\s*(\[\s*[\d:. TZ+-]+\]\s*"                                       # [ 12.345678], [2024-01-02 03:04:05]
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?\s+"
    r"|[A-Z][a-z]{2}\s+\d+ \d\d:\d\d:\d\d \S+ "                         # syslog: date, host
    r"|(genunix|unix): (?=\[ID)"
    r"|\[ID \d+ [\w.]+\] )")
_WIDTHS = (79, 80, 100, 120, 131, 132)
_PANIC = re.compile(r"panic\[cpu(\d+)\]/thread=([0-9a-fx]+): ?(.*)$|panic message: (.*)$")
_TRAP = re.compile(r'BAD TRAP: type=([0-9a-f]+)(?: \((.*?)\))?.*?(?:addr=([0-9a-f]+))?(?: occurred in module "([^"]+)"'
                   r"(?: due to (.*))?)?$")
_ASSERTION = re.compile(r"assertion failed: (.*), file: (\S+), line: (\d+)")
_FRAME = re.compile(r"(?:\b(?P<fp>[0-9a-f]{8,16})\s+)?(?<![\w.`:/])(?P<module>[A-Za-z_][\w.-]*)[:`]"
                    r"(?P<function>[A-Za-z_][\w.$]*)(?P<plus>\+(?:0x)?(?P<offset>[0-9a-f]+))?\s*\(")
_BROKEN_FRAME = re.compile(r"^[0-9a-f]{8,16}\s+\S*$|^[0-9a-f]{8,16}\s+[\w.-]+[:`][^()]*$")
_REGISTER = re.compile(r"\b(r[a-ds][xip]|rbp|rsp|rip|r(?:[89]|1[0-5])|trp|err|rfl|cr[02348]|fsb|gsb):\s*([0-9a-f]+)\b")
_SHOWN_REGISTERS = ("rip", "rsp", "cr2", "rax", "rdi", "rsi", "rdx")
# The frame after one of these did not call: the trap came in its middle, and the offset is that of the instruction.
_TRAP_FRAMES = frozenset("cmntrap _cmntrap cmninttrap trap brktrap invoptrap _interrupt cmnint pagefault".split())


@dataclass(frozen=True)
class Frame:
    module: str
    function: str
    offset: int | None
    exact: bool = False         # the offset of an instruction, not of where a call returns to
    file: str | None = None
    line: int | None = None
    upstream: tuple[str, int] | None = None
    inlined: str | None = None              # the inlined function that the line is in, and
    into: tuple[tuple[str, int | None], ...] = ()       # where it was inlined, up to the frame's own function
    note: str | None = None

    def __str__(self) -> str:
        return f"{self.module}:{self.function}" + (f"+{self.offset:x}" if self.offset is not None else "")

    def to_json(self) -> dict[str, Any]:
        return {"module": self.module, "function": self.function, "offset": self.offset, "file": self.file,
                "line": self.line, "inlined": self.inlined,
                "into": [{"file": file, "line": line} for file, line in self.into],
                "upstream": upstream_json(self.upstream), "note": self.note}


@dataclass
class Panic:
    """One panic of a capture."""

    message: str
    cpu: int | None = None
    thread: str | None = None
    registers: dict[str, str] = field(default_factory=dict)
    stack: list[Frame] = field(default_factory=list)
    place: tuple[str, int] | None = None                    # of a failed assertion, in the port
    upstream: tuple[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        return {"message": self.message, "cpu": self.cpu, "thread": self.thread, "registers": self.registers,
                "file": self.place[0] if self.place else None, "line": self.place[1] if self.place else None,
                "upstream": upstream_json(self.upstream), "stack": [frame.to_json() for frame in self.stack]}


def read_capture(file: Path) -> list[Panic]:
    """The panics in a capture, unresolved.  PortkitError where there is none, or the file cannot be read."""
    try:
        if file.is_file() and file.stat().st_size > MAX_SIZE:
            raise PortkitError(f"larger than {MAX_SIZE >> 20} MB", file=file,
                               hint="cut out the part around panic[cpu")
        data = file.read_bytes()
    except OSError as error:
        raise PortkitError(f"cannot read the console capture: {error.strerror}", file=file) from None
    panics = parse_panics(data.decode("latin-1"))
    if not panics:
        raise PortkitError("no panic in it: neither panic[cpu...]/thread=... nor a stack of module:function+offset",
                           file=file, hint="give what the console showed from panic[cpu on")
    return panics


def clean_lines(text: str) -> list[str]:
    """The lines as the kernel wrote them: without what consoles and their loggers add."""
    text = _ESCAPE.sub("", text).replace("\r\n", "\n")
    raw = [re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", line).rstrip() for line in re.split(r"[\r\n]", text)]
    lines = []
    for line in raw:
        while match := _STAMP.match(line):
            if not match[0]:
                break
            line = line[match.end():]
        lines.append(line)
    width = max(map(len, raw), default=0)
    if width not in _WIDTHS:
        return lines
    # A terminal of that width broke longer lines: what is full goes on in the next.
    joined: list[str] = []
    full = False
    for line, as_captured in zip(lines, raw, strict=True):
        if full and joined and line:
            joined[-1] += line
        else:
            joined.append(line)
        full = len(as_captured) == width
    return joined


def parse_panics(text: str) -> list[Panic]:
    """The panics in the text of a console; a stack with no panic before it makes one without a message."""
    panics: list[Panic] = []
    lines = clean_lines(text)
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if match := _PANIC.search(line):
            message = (match[3] if match[4] is None else match[4]).strip()
            if not message:             # syslog has it in the next line
                while at < len(lines) and not lines[at].strip():
                    at += 1
                message = lines[at].strip() if at < len(lines) else ""
                at += 1
            while at < len(lines) and _goes_on(message, lines[at]):
                message += " " + lines[at].strip()
                at += 1
            panics.append(Panic(message, int(match[1]) if match[1] else None, match[2]))
            continue
        for name, value in _REGISTER.findall(line):
            if panics:
                panics[-1].registers.setdefault(name, value)
        frames = list(_FRAME.finditer(line))
        if not frames and _BROKEN_FRAME.match(line.strip()) and at < len(lines):
            frames = list(_FRAME.finditer(line.strip() + lines[at].strip()))
            at += 1 if frames else 0
        for match in frames:
            if match["plus"] is None and match["fp"] is None and "`" not in match[0]:
                continue                # a word with a colon before a parenthesis
            if not panics:
                panics.append(Panic(""))
            before = panics[-1].stack
            exact = bool(before) and before[-1].function in _TRAP_FRAMES
            panics[-1].stack.append(Frame(match["module"], match["function"],
                                          int(match["offset"], 16) if match["offset"] else 0, exact))
    return [panic for panic in panics if panic.message or panic.stack]


def _goes_on(message: str, line: str) -> bool:
    """Whether a line continues the panic's message: BAD TRAP and failed assertions say more than a short line holds."""
    if not line.strip() or _PANIC.search(line) or _FRAME.search(line):
        return False
    if message.startswith("BAD TRAP"):
        more = re.match(r"\s*(rp=|addr=|occurred|in module|due to)", line)
        return "occurred in module" not in message and more is not None
    return message.startswith("assertion failed") and ", line:" not in message


def resolve_panics(port: Port, panics: Sequence[Panic], compiler: Compiler, jobs: int = 1) -> list[str]:
    """Find the lines of all frames in the port's modules; what does not compile, as the compiler says it."""
    named = {frame.module for panic in panics for frame in panic.stack}
    errors: list[str] = []
    if any(spec.name in named for spec in port.modules):
        result = compile_port(port.folder, port.modules, gate=port.gate, cc=compiler.command, jobs=jobs,
                              source_map=port.source_map)
        try:
            objects = {module.spec.name: module.object for module in result.modules if module.object is not None}
            errors = [str(message) for module in result.modules if module.object is None for message in module.errors]
            finder = _Finder(port, objects)
            for panic in panics:
                panic.stack = [finder.resolve(frame) for frame in panic.stack]
        finally:
            result.close()
    for panic in panics:
        if match := _ASSERTION.search(panic.message):
            panic.place = _find_source(port, match[2], int(match[3]))
            if panic.place is not None and port.source_map is not None:
                panic.upstream = port.source_map.lookup(*panic.place)
    return errors


def _find_source(port: Port, file: str, line: int) -> tuple[str, int] | None:
    """A file as a gate's build names it (../../intel/io/...) among the port's sources: the one with the longest common
    end."""
    wanted = [part for part in file.split("/") if part not in ("..", ".")]
    best: tuple[int, str] | None = None
    for source in sorted({source for spec in port.modules for source in spec.sources}):
        parts = source.split("/")
        common = 0
        while common < min(len(parts), len(wanted)) and parts[-1 - common] == wanted[-1 - common]:
            common += 1
        if common and (best is None or common > best[0]):
            best = (common, source)
    return (best[1], line) if best else None


@dataclass(frozen=True)
class _Function:
    section: str
    value: int
    size: int


class _Finder:
    """Functions of the port's objects, by module and name."""

    def __init__(self, port: Port, objects: Mapping[str, Path]) -> None:
        self._port = port
        self._objects = objects
        self._functions = {name: _functions(path) for name, path in objects.items()}

    def resolve(self, frame: Frame) -> Frame:
        """The frame with its line; as it was where the module is not the port's."""
        if frame.module not in self._objects or frame.offset is None:
            return frame
        known = dict(frame.__dict__)
        found = self._functions[frame.module].get(frame.function)
        if not found:
            return Frame(**{**known, "note": "the port's module has no such function"})
        inside = [function for function in found if frame.offset < max(function.size, 1)]
        function = (inside or found)[0]
        # A return address is behind the call; one less is in it.
        offset = frame.offset if frame.exact or not frame.offset else frame.offset - 1
        note = None
        if not inside:
            note = "past the end of the function: the machine's module was built otherwise"
            offset = max(function.size - 1, 0)
        elif len(inside) > 1:
            note = f"{len(inside)} functions of the module have that name"
        lines = addr2line(self._objects[frame.module], [function.value + offset], function.section)
        places = lines.get(function.value + offset, [])
        if not places or places[0].file is None:
            return Frame(**{**known, "note": note})
        file, line = self._name(places[0].file), places[0].line
        upstream = self._port.source_map.lookup(file, line) if self._port.source_map and line else None
        inlined = places[0].function if len(places) > 1 else None
        into = tuple((self._name(place.file), place.line) for place in places[1:] if place.file is not None)
        return Frame(**{**known, "file": file, "line": line, "upstream": upstream, "inlined": inlined, "into": into,
                        "note": note})

    def _name(self, file: str) -> str:
        """A file as the port names it; headers of the kernel keep their own name."""
        name = os.path.normpath(file)
        if os.path.isabs(name):
            inside = os.path.relpath(name, self._port.folder)
            return name if inside.startswith("..") else inside
        return name


def _functions(file: Path) -> dict[str, list[_Function]]:
    found: dict[str, list[_Function]] = {}
    try:
        with open(file, "rb") as stream:
            elf = ELFFile(stream)
            for section in elf.iter_sections():
                if not isinstance(section, SymbolTableSection):
                    continue
                for symbol in section.iter_symbols():
                    if symbol["st_info"]["type"] != "STT_FUNC" or not isinstance(symbol["st_shndx"], int):
                        continue
                    # gcc calls a part of a function, or a copy of it, by the function's name and a suffix.
                    name = symbol.name.split(".")[0]
                    found.setdefault(name, []).append(_Function(elf.get_section(symbol["st_shndx"]).name,
                                                                symbol["st_value"], symbol["st_size"]))
                    if name != symbol.name:
                        found.setdefault(symbol.name, []).append(found[name][-1])
    except (ELFError, OSError) as error:
        raise PortkitError(f"cannot be read as ELF: {error}", file=file) from None
    return found


def panic_lines(port: Port, panic: Panic) -> list[str]:
    """A panic in text: what happened, where, and the stack with emitted and upstream lines."""
    head = "panic" + (f"[cpu{panic.cpu}]" if panic.cpu is not None else "")
    if panic.thread is not None:
        head += f"/thread={panic.thread}"
    lines = [f"{head}: {panic.message or 'the capture has a stack, and no message'}"]
    if panic.place is not None:
        lines.append(f"    {panic.place[0]}:{panic.place[1]}{_upstream(panic.upstream)}")
        lines += _source_line(port, *panic.place)
    trap = _TRAP.search(panic.message)
    if trap is not None:
        address = int(trap[3], 16) if trap[3] else None
        what = trap[2] or f"trap {trap[1]}"
        module = f" in {trap[4]}" if trap[4] else ""
        reason = f", {trap[5]}" if trap[5] else ""
        lines.append(f"    {what}{module}{reason}" + (f" at address {address:#x}" if address is not None else ""))
        if address is not None and address < 0x1000:
            lines.append(f"    an address that small is a member at offset {address:#x} of a structure at NULL")
    if panic.registers:
        lines.append("    " + "  ".join(f"{name} {value}" for name, value in panic.registers.items()
                                        if name in _SHOWN_REGISTERS))
    own = {spec.name for spec in port.modules}
    for frame in panic.stack:
        lines.append(f"    {frame}")
        if frame.file is not None:
            inlined = f" in {frame.inlined}" if frame.inlined else ""
            lines.append(f"        {frame.file}:{frame.line}{inlined}{_upstream(frame.upstream)}")
            if frame.line is not None:
                lines += [f"    {line}" for line in _source_line(port, frame.file, frame.line)]
            for file, line in frame.into:
                upstream = port.source_map.lookup(file, line) if port.source_map is not None and line else None
                lines.append(f"        inlined at {file}:{line}{_upstream(upstream)}")
        if frame.note is not None:
            lines.append(f"        ({frame.note})")
        elif frame.module in own and frame.file is None:
            lines.append("        (no line is known)")
    return lines


def _upstream(upstream: tuple[str, int] | None) -> str:
    return f"  (upstream {upstream[0]}:{upstream[1]})" if upstream else ""


def _source_line(port: Port, file: str, line: int) -> list[str]:
    try:
        text = (port.folder / file).read_bytes().decode("latin-1").splitlines()[line - 1].strip()
    except (OSError, IndexError):
        return []
    return [f"        | {text}"] if text else []


def print_panics(port: Port, panics: Sequence[Panic], errors: Sequence[str]) -> None:
    screen = console()
    for error in errors:
        screen.print(error, soft_wrap=True, markup=False)
    for number, panic in enumerate(panics):
        if number:
            screen.print()
        for line in panic_lines(port, panic):
            screen.print(line, soft_wrap=True, markup=False)
    if not any(frame.file for panic in panics for frame in panic.stack) and not any(p.place for p in panics):
        names = _names(port.modules)
        screen.print(f"No frame is in a module of the port ({names}).", markup=False)


def _names(modules: Sequence[ModuleSpec]) -> str:
    return ", ".join(spec.name for spec in modules)
