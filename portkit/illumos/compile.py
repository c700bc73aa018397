"""Builds illumos kernel modules on this machine, and resolves their symbols as the module loader would.

Each source becomes a kernel object (64-bit ELF, kernel code model), the objects of a module become one
relocatable file, which is what krtld loads, and every symbol that it leaves undefined must be defined by a
module it depends on, or be an export of the kernel.

The flags are those of a gate build (usr/src/uts/Makefile.uts, Makefile.intel, and cw(1)'s translation of
them), as far as they change what compiles:

- `-Wall -Wextra -Werror`, less the five warnings that the gate switches off for all kernel code (missing
  braces, sign comparison, unknown pragmas, unused parameters and missing initialisers: CERRWARN), and two more
  that newer compilers than the gate's have (see WARNINGS).
- headers of the kernel come in with -isystem, so that only the driver's own text is judged.
- `_ASM_INLINES` is left out: curthread, the atomics and the byte order functions are then calls of functions
  that the kernel exports as well, instead of inline assembly in a gate's private <asm/...> headers.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from portkit.errors import PortkitError
from portkit.illumos.exports import Exports, load_exports
from portkit.illumos.gate import open_gate
from portkit.illumos.modules import ModuleSpec, load_modules_toml, modules_from_portkit_json
from portkit.illumos.sourcemap import SourceMap

__all__ = ["CompileResult", "Compiler", "Message", "ModuleResult", "ModuleSpec", "SourceMap", "compile_port",
           "embedded_include", "find_compilers", "kernel_flags", "load_modules_toml",
           "modules_from_portkit_json"]

# What makes it kernel code for amd64.  The gate's gcc is built for illumos; any other needs to be told
# (__sun, __SVR4) and to forget the host (linux).  Several distributions switch hardening on by default that
# calls functions a kernel does not have, or writes sections that krtld does not know.
MACHINE_FLAGS = (
    "-std=gnu99", "-O2", "-g", "-m64", "-mcmodel=kernel", "-mno-red-zone", "-mno-mmx", "-mno-sse",
    "-ffreestanding", "-fno-strict-aliasing", "-fno-optimize-sibling-calls", "-fno-common", "-fno-pic",
    "-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables",
    "-U_FORTIFY_SOURCE", "-Ulinux", "-U__linux", "-U__linux__", "-U__gnu_linux__", "-Ui386", "-U__i386",
)
DEFINES = (
    "-D_KERNEL", "-D_SYSCALL32", "-D_SYSCALL32_IMPL", "-D_ELF64", "-D_DDI_STRICT", "-Dsun", "-D__sun",
    "-D__SVR4", "-D_MACHDEP",
)
# The first five are the gate's own.  The sixth is FreeBSD's (sys/conf/kern.mk): amd64 reads unaligned
# members, and the gate's compilers of the time (gcc 4.4 and 7) do not have the warning.  The last is
# clang's alone, about the 2018 gate's offsetof(), which is a constant by folding only.
WARNINGS = (
    "-Wall", "-Wextra", "-Wno-missing-braces", "-Wno-sign-compare", "-Wno-unknown-pragmas",
    "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Wno-address-of-packed-member",
)
CLANG_WARNINGS = ("-Wno-gnu-folding-constant",)

# Every loadable module has these entry points; krtld refuses one without (_init(9E), _fini(9E), _info(9E)).
ENTRY_POINTS = ("_init", "_fini", "_info")

_DIAGNOSTIC = re.compile(
    r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):(?:(?P<column>\d+):)? "
    r"(?P<severity>fatal error|error|warning|note): (?P<message>.*)$")
_OPTION = re.compile(r" \[(-W[^\]]*)\]$")


@dataclass(frozen=True)
class Compiler:
    """A C compiler of the gcc or clang family."""

    command: str
    family: str         # "gcc" or "clang"
    version: str        # the first line of --version


@dataclass(frozen=True)
class Message:
    """One complaint: of the compiler, the linker or the symbol check."""

    severity: str                               # "error" or "warning"
    message: str
    file: str | None = None                     # as the source directory names it
    line: int | None = None
    column: int | None = None
    option: str | None = None                   # the -W option that asked for a warning
    upstream: tuple[str, int] | None = None     # file and line of the FreeBSD source behind it
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"file": self.file, "line": self.line, "column": self.column,
                               "severity": self.severity, "message": self.message}
        if self.option:
            out["option"] = self.option
        if self.notes:
            out["notes"] = list(self.notes)
        out["upstream"] = {"file": self.upstream[0], "line": self.upstream[1]} if self.upstream else None
        return out

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = f"{place}: {self.severity}: {self.message}" if place else f"{self.severity}: {self.message}"
        if self.option:
            text += f" [{self.option}]"
        if self.upstream:
            text += f" (upstream {self.upstream[0]}:{self.upstream[1]})"
        return text


@dataclass
class ModuleResult:
    """What became of one module."""

    spec: ModuleSpec
    object: Path | None = None                  # the relocatable file, where there is one
    errors: list[Message] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)   # symbols that nothing defines
    needs: list[str] = field(default_factory=list)       # all symbols that it leaves to others
    defines: list[str] = field(default_factory=list)     # global symbols that it has

    @property
    def ok(self) -> bool:
        return self.object is not None and not (self.errors or self.warnings or self.undefined)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.spec.name, "object": str(self.object) if self.object else None,
                "errors": [message.to_json() for message in self.errors],
                "warnings": [message.to_json() for message in self.warnings],
                "undefined": self.undefined}


@dataclass
class CompileResult:
    """The modules in the order given.  Objects live in `work`; in a private one until `close()`."""

    modules: list[ModuleResult]
    compiler: Compiler
    work: Path
    _private: tempfile.TemporaryDirectory[str] | None = None

    @property
    def ok(self) -> bool:
        return all(module.ok for module in self.modules)

    def to_json(self) -> dict[str, Any]:
        """The machine form of `portkit compile --json`.

        An object in a private directory, which goes away, is given by its name alone, so that two runs write
        the same bytes.
        """
        shown = {"modules": [module.to_json() for module in self.modules]}
        if self._private is not None:
            for module in shown["modules"]:
                if module["object"] is not None:
                    module["object"] = Path(module["object"]).name
        return shown

    def close(self) -> None:
        """Remove the objects, where no work directory was given."""
        if self._private is not None:
            self._private.cleanup()


def embedded_include() -> Path:
    """The folder of the embedded DDI headers."""
    return Path(__file__).resolve().parent / "include"


def find_compilers(names: Sequence[str]) -> list[Compiler]:
    """The compilers by command name or path; one PortkitError that names all that cannot be used."""
    found: list[Compiler] = []
    missing: list[str] = []
    for name in names:
        compiler = _identify(name)
        if compiler is None:
            missing.append(name)
        else:
            found.append(compiler)
    if missing:
        what = "no C compiler" if len(missing) == 1 else "no C compilers"
        raise PortkitError(f"{what} called {', '.join(missing)} can be run here",
                           hint="install gcc or clang, or name another with --cc")
    return found


def _identify(name: str) -> Compiler | None:
    command = shutil.which(name)
    if command is None:
        return None
    try:
        done = subprocess.run([command, "--version"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode or not text.strip():
        return None
    if "clang" in text.lower():
        family = "clang"
    elif "gcc" in text.lower() or "free software foundation" in text.lower():
        family = "gcc"
    else:
        return None
    return Compiler(command, family, text.splitlines()[0].strip())


def kernel_flags(include_dirs: Iterable[Path]) -> list[str]:
    """Flags that make a compiler see kernel source as a gate build does, with the kernel's headers taken from
    `include_dirs`; no warnings among them."""
    flags = [*MACHINE_FLAGS, *DEFINES, "-nostdinc"]
    for directory in include_dirs:
        flags += ["-isystem", os.fspath(directory)]
    return flags


Progress = Callable[[int, int, str], None]


def compile_port(source_dir: Path, modules: Sequence[ModuleSpec], *, gate: Path | None = None,
                 cc: str = "gcc", work: Path | None = None, jobs: int = 1,
                 source_map: SourceMap | Path | None = None, progress: Progress | None = None,
                 extra_flags: Sequence[str] = ()) -> CompileResult:
    """Compile and link each module from `source_dir`, and resolve its symbols.

    `gate` uses that tree's headers and definitions instead of the embedded ones.  Objects go below `work`,
    or into a private directory that `CompileResult.close()` removes.  `progress(done, total, what)` is
    called after each source file.  `extra_flags` end the compiler's command line.  A module whose sources
    give warnings only is built all the same, so that its symbols are checked too, but it is not `ok`.

    PortkitError for bad input: no compiler, a missing source, a module that is not described well.
    """
    source_dir = Path(source_dir).resolve()
    if not source_dir.is_dir():
        raise PortkitError("no such directory", file=source_dir)
    _check_sources(source_dir, modules)
    [compiler] = find_compilers([cc])
    private = tempfile.TemporaryDirectory(prefix="portkit-") if work is None else None
    place = Path(private.name if private else os.fspath(work)).resolve()  # type: ignore[arg-type]
    try:
        place.mkdir(parents=True, exist_ok=True)
        if gate is None:
            include = [embedded_include()]
        else:
            real = open_gate(gate)
            include = [*real.include_dirs(), real.generate_headers(place / "gate-headers")]
    except OSError as error:
        raise PortkitError(f"cannot write there: {error.strerror}", file=place,
                           hint="give a folder that can be written") from None
    exports = load_exports(gate)
    if isinstance(source_map, (str, Path)):
        source_map = SourceMap.load(Path(source_map))

    builds = [_SourceBuild(spec, source, place / "obj" / spec.name / (source.replace("/", "_") + ".o"))
              for spec in modules for source in spec.sources]
    flags = kernel_flags(include)
    done = 0
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        for build in pool.map(lambda b: b.run(compiler, flags, source_dir, source_map, extra_flags), builds):
            done += 1
            if progress is not None:
                progress(done, len(builds), build.source)

    results = []
    for spec in modules:
        result = ModuleResult(spec)
        own = [build for build in builds if build.spec is spec]
        for build in own:
            for message in build.messages:
                (result.errors if message.severity == "error" else result.warnings).append(message)
        if all(build.made for build in own):
            _link(compiler, result, [build.object for build in own], place / f"{spec.kind}-{spec.name}.o")
        results.append(result)
    resolve(results, exports)
    return CompileResult(results, compiler, place, private)


def _check_sources(source_dir: Path, modules: Sequence[ModuleSpec]) -> None:
    if not modules:
        raise PortkitError("no modules to compile", file=source_dir)
    for spec in modules:
        for source in spec.sources:
            if not (source_dir / source).is_file():
                raise PortkitError(f"module {spec.name}: there is no source file {source}", file=source_dir,
                                   hint="sources are relative to the source directory")
            if not source.endswith((".c", ".s", ".S")):
                raise PortkitError(f"module {spec.name}: {source} is neither C nor assembly", file=source_dir)
        for directory in spec.include_dirs:
            if not (source_dir / directory).is_dir():
                raise PortkitError(f"module {spec.name}: there is no include directory {directory}",
                                   file=source_dir, hint="include_dirs are relative to the source directory")


@dataclass
class _SourceBuild:
    """The compilation of one source file for one module."""

    spec: ModuleSpec
    source: str
    object: Path
    messages: list[Message] = field(default_factory=list)
    made: bool = False

    def run(self, compiler: Compiler, flags: Sequence[str], source_dir: Path, source_map: SourceMap | None,
            extra: Sequence[str]) -> _SourceBuild:
        self.object.parent.mkdir(parents=True, exist_ok=True)
        self.object.unlink(missing_ok=True)
        # The module's own folders come before the kernel's, as its Makefile has them (INC_PATH).
        command = [compiler.command, *(f"-I{directory}" for directory in self.spec.include_dirs), *flags,
                   *(_define(text) for text in self.spec.defines), *WARNINGS,
                   *(CLANG_WARNINGS if compiler.family == "clang" else ()), "-fdiagnostics-color=never",
                   "-fno-caret-diagnostics" if compiler.family == "clang" else "-fno-diagnostics-show-caret",
                   *extra]
        if not self.source.endswith(".c"):
            command += ["-D_ASM", "-x", "assembler-with-cpp"]
        command += ["-c", self.source, "-o", os.fspath(self.object)]
        # The driver's folder is the working directory: messages and __FILE__ name files as the port does.
        status, text = _run([*command, "-Werror"], source_dir)
        text = text.replace(f"{self.object.parents[2]}{os.sep}", "")    # a private folder's name says nothing
        said = parse_diagnostics(text, source_map)
        self.messages = [message for message in said if not _about_bit_names(message, source_dir)]
        if status and not any(message.severity == "error" for message in said):
            if said:
                # Warnings alone stopped it: build the object as well, its symbols are still to be checked.
                status, _ = _run(command, source_dir)
            else:
                why = f"the compiler failed: {_last_line(text)}"
                self.messages.append(Message("error", why, self.source))
        self.made = status == 0
        return self


def _about_bit_names(message: Message, source_dir: Path) -> bool:
    """Whether a printf check stumbled over the kernel's %b (cmn_err(9F)), which takes a number and a string.

    illumos' own gcc knows it; to others everything behind it looks one argument off.
    """
    if not (message.option or "").startswith("-Wformat") or not message.file or not message.line:
        return False
    try:
        lines = (source_dir / message.file).read_text(encoding="latin-1").splitlines()
    except OSError:
        return False
    # The complaint may point at the call, its format, or an argument: look at the whole statement.
    at = min(message.line, len(lines)) - 1
    first = last = at
    while first > 0 and at - first < 20 and not lines[first - 1].rstrip().endswith((";", "{", "}")):
        first -= 1
    while last + 1 < len(lines) and last - at < 20 and not lines[last].rstrip().endswith(";"):
        last += 1
    return re.search(r"%[-+ #0-9.*l]*b", "\n".join(lines[first:last + 1])) is not None


def _define(text: str) -> str:
    return text if text.startswith(("-D", "-U")) else f"-D{text}"


def _run(command: Sequence[str], cwd: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, check=False,
                              env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"})
    except OSError as error:
        raise PortkitError(f"cannot run {command[0]}: {error.strerror}") from None
    return done.returncode, done.stderr.decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def parse_diagnostics(text: str, source_map: SourceMap | None = None) -> list[Message]:
    """The messages in a compiler's standard error (gcc's and clang's text form).

    A warning that -Werror made an error comes back as the warning that it is; notes belong to the message
    that they follow. """
    messages: list[Message] = []
    notes: list[str] = []

    def close() -> None:
        if messages and notes:
            messages[-1] = Message(**{**messages[-1].__dict__, "notes": tuple(notes)})
        notes.clear()

    for line in text.splitlines():
        match = _DIAGNOSTIC.match(line)
        if match is None:
            continue
        file, number = os.path.normpath(match["file"]), int(match["line"])
        if match["severity"] == "note":
            notes.append(f"{file}:{number}: {match['message']}")
            continue
        close()
        message, option, severity = match["message"], None, match["severity"]
        if found := _OPTION.search(message):
            # -Werror, -Werror=unused (gcc) and -Werror,-Wunused (clang) are warnings made errors.
            made_error = re.fullmatch(r"-Werror(?:=(.*)|,(-W.*))?", found[1])
            option = found[1]
            if made_error:
                severity = "warning"
                option = f"-W{made_error[1]}" if made_error[1] else made_error[2]
            message = message[: found.start()]
        messages.append(Message("warning" if severity == "warning" else "error", message, file, number,
                                int(match["column"]) if match["column"] else None, option,
                                source_map.lookup(file, number) if source_map else None))
    close()
    return messages


def _link(compiler: Compiler, result: ModuleResult, objects: Sequence[Path], target: Path) -> None:
    """Link the objects of a module into one relocatable file, and read its symbols."""
    target.unlink(missing_ok=True)
    status, text = _run([compiler.command, "-m64", "-r", "-nostdlib", "-o", os.fspath(target),
                         *map(os.fspath, objects)], target.parent)
    if status:
        for line in text.splitlines():
            if twice := re.search(r"multiple definition of [`'\"]?([\w.]+)", line):
                result.errors.append(Message("error", f"{twice[1]} is defined by two sources of the module"))
        if not result.errors:
            result.errors.append(Message("error", f"linking failed: {_last_line(text)}"))
        return
    try:
        result.needs, result.defines = read_symbols(target)
    except PortkitError as error:
        result.errors.append(Message("error", error.message))
        return
    result.object = target


def read_symbols(file: Path) -> tuple[list[str], list[str]]:
    """(undefined, defined) global symbols of a kernel object, sorted.

    PortkitError unless it is what the module loader takes: ELF64, relocatable, x86-64.
    """
    try:
        with open(file, "rb") as stream:
            elf = ELFFile(stream)
            kind = (elf.elfclass, elf["e_type"], elf["e_machine"])
            if kind != (64, "ET_REL", "EM_X86_64"):
                raise PortkitError(f"not a 64-bit x86 relocatable object: ELF{kind[0]} {kind[1]} {kind[2]}",
                                   file=file, hint="give a compiler for x86-64 with --cc")
            undefined: set[str] = set()
            defined: set[str] = set()
            for section in elf.iter_sections():
                if not isinstance(section, SymbolTableSection):
                    continue
                for symbol in section.iter_symbols():
                    if not symbol.name or symbol["st_info"]["bind"] == "STB_LOCAL":
                        continue
                    (undefined if symbol["st_shndx"] == "SHN_UNDEF" else defined).add(symbol.name)
    except (ELFError, OSError) as error:
        raise PortkitError(f"cannot be read as ELF: {error}", file=file) from None
    return sorted(undefined), sorted(defined)


def resolve(results: Sequence[ModuleResult], exports: Exports) -> None:
    """Resolve what each module leaves undefined, as krtld does: in the modules that it names as dependencies
    (only those, not their own dependencies), then in the kernel (unix and genunix).

    Adds to each module's errors and undefined symbols.
    """
    built = [result for result in results if result.object is not None]
    by_path = {result.spec.path: result for result in results}
    definers: dict[str, list[ModuleResult]] = {}
    for result in built:
        for symbol in result.defines:
            definers.setdefault(symbol, []).append(result)

    for result in results:
        for dependency in result.spec.depends_on:
            if dependency not in by_path and not exports.has_module(dependency):
                result.errors.append(Message(
                    "error", f"it depends on {dependency}, which is neither among the modules nor known"))
    for result in built:
        for name in ENTRY_POINTS:
            if name not in result.defines:
                result.errors.append(Message("error", f"no {name}: the module loader needs it ({name}(9E))"))
        depends = set(result.spec.depends_on)
        for symbol in result.needs:
            givers = [other.spec.path for other in definers.get(symbol, []) if other is not result
                      and symbol not in ENTRY_POINTS]
            givers += exports.modules_of(symbol)
            if exports.in_kernel(symbol) or depends.intersection(givers):
                continue
            if any(exports.defines(path, symbol) for path in depends if path not in by_path):
                continue
            # A dependency that did not compile cannot be asked; its own errors are reported with it.
            if any(path in by_path and by_path[path].object is None for path in depends):
                continue
            if givers:
                result.errors.append(Message(
                    "error", f"{symbol} is defined by {' and '.join(givers)}, on which the module does not "
                    f"depend: add it to depends_on (ld -N {givers[0]})"))
            else:
                result.undefined.append(symbol)
        for symbol in result.defines:
            if symbol in ENTRY_POINTS:
                continue
            if exports.listed(symbol):
                result.errors.append(Message("error", f"{symbol} is also defined by the kernel"))
            others = [other.spec.path for other in definers[symbol] if other is not result]
            if others:
                result.errors.append(Message(
                    "error", f"{symbol} is also defined by {' and '.join(others)}: make it static, or move "
                    "it to a misc module that both depend on"))
