"""Builds the simulator and the modules that it loads.

The parts (see machine/machine.h) differ in what they are compiled against and in what the sanitizers see of them:

    machine    libc                                    never instrumented: it is what the sanitizers are told with
    host       libc                                    address, undefined
    scenario   libc                                    address, undefined
    kernel     DDI headers, no libc                    address, undefined
    klib       DDI headers; the driver's own helpers   all
    modules    DDI headers                             all, and a call at each basic block

Kernel and libc share names (printf, delay, timeout): after compilation every global symbol of the kernel's world gets
the prefix `k_`.  What a module needs, `portkit compile` has found among the kernel's exports, and the simulated kernel
lacks, becomes a function that panics with its name.

`python -m portkit.boot.build --help` builds without booting, for work on the C side.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from portkit.boot.cache import Cache, Cached, digest, read_dependencies
from portkit.boot.plan import Port, plan_text
from portkit.errors import PortkitError
from portkit.illumos.compile import DEFINES, MACHINE_FLAGS, Compiler, embedded_include
from portkit.illumos.exports import load_exports
from portkit.illumos.gate import open_gate

BOOT = Path(__file__).resolve().parent
PREFIX = "k_"

SANITIZERS = ("address", "undefined", "thread")
# What amd64 kernels do on purpose, and the manual pages allow: members of packed structures are read where they lie.
_NOT_UNDEFINED = ("-fno-sanitize=alignment",)

# Whoever wrote `volatile' knows of the other side: see machine/sanitizer.c.
_VOLATILE_IS_MARKED = {"gcc": ("--param=tsan-distinguish-volatile=1",),
                       "clang": ("-mllvm", "-tsan-distinguish-volatile=1")}

_COMMON = ("-O1", "-g", "-fPIC", "-fno-omit-frame-pointer", "-fno-stack-protector", "-fcf-protection=none",
           "-U_FORTIFY_SOURCE")
LIBC_FLAGS = ("-std=gnu11", *_COMMON, "-pthread")
KERNEL_FLAGS = (*(flag for flag in MACHINE_FLAGS if flag not in ("-O2", "-g", "-mcmodel=kernel", "-fno-pic")),
                *_COMMON, *DEFINES)
_OWN_WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-missing-field-initializers")
_MODULE_LINK = ("-shared", "-nostdlib", "-nostartfiles", "-Wl,-Bsymbolic", "-Wl,--build-id=none")
_LINK = ("-rdynamic", "-pthread", "-Wl,--build-id=none")

# Names that keep their meaning: the boundary to the machine, and what the compiler's instrumentation calls.
_UNPREFIXED = re.compile(r"(hc_|hvc_|kc_|__asan_|__tsan_|__ubsan_|__sanitizer_|__sancov|__odr_asan)"
                         r"|_GLOBAL_OFFSET_TABLE_$")
# libc's own in modules and klib, because the sanitizers watch them there; the kernel has its own, unwatched.
_WATCHED = frozenset("memcpy memmove memset memcmp strlen strcmp strncmp strchr strrchr strcpy strncpy strcat strncat "
                     "strstr".split())

_GOT_LOADS = frozenset((9, 41, 42))     # R_X86_64_GOTPCREL, _GOTPCRELX, _REX_GOTPCRELX: the address of a name

_RECIPE = "1"       # to be raised when what happens after compilation changes

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One folder of the C side."""

    name: str
    kernel: bool                                # compiled against DDI headers, its symbols prefixed
    sanitizers: tuple[str, ...] = ()            # those that instrument it, of the ones asked for
    watched: bool = False                       # its memcpy() is the sanitizers'


PARTS = (Part("machine", False), Part("host", False, ("address", "undefined")),
         Part("scenario", False, ("address", "undefined")), Part("kernel", True, ("address", "undefined")),
         Part("klib", True, SANITIZERS, True))
_MODULE = Part("modules", True, SANITIZERS, True)


class BuildError(Exception):
    """The simulator or a module could not be built: the reasons, one a line."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(self.reasons))


@dataclass
class Build:
    """One build: the simulator, the modules as it loads them, and the plan file."""

    folder: Path
    simulator: Path
    objects: dict[str, Path]                    # by module
    plan: Path
    stubs: list[str] = field(default_factory=list)          # what modules need and the simulated kernel lacks
    warnings: list[str] = field(default_factory=list)       # of the C side's own files
    problems: list[str] = field(default_factory=list)       # with keep_going: what was built without


@dataclass(frozen=True)
class _Unit:
    """One source file to compile."""

    part: Part
    source: str                                 # relative to cwd
    cwd: Path
    flags: tuple[str, ...]
    module: str | None = None


def parse_sanitize(text: str) -> tuple[str, ...]:
    """`address,undefined` as a tuple in a fixed order; PortkitError for what no build can have."""
    asked = [word.strip() for word in text.split(",") if word.strip()]
    if asked == ["none"]:
        return ()
    for word in asked:
        if word not in SANITIZERS:
            raise PortkitError(f"there is no sanitizer {word!r}", hint=f"{', '.join(SANITIZERS)}, or none")
    if not asked:
        raise PortkitError("--sanitize names no sanitizer", hint=f"{', '.join(SANITIZERS)}, or none")
    if "thread" in asked and "address" in asked:
        raise PortkitError("the sanitizers address and thread exclude each other",
                           hint="give --sanitize twice, for two builds")
    return tuple(word for word in SANITIZERS if word in asked)


def check_tools(compiler: Compiler, sanitize: Sequence[str]) -> None:
    """PortkitError unless this machine can build and link the simulator with these sanitizers."""
    if shutil.which("objcopy") is None:
        raise PortkitError("objcopy is not installed", hint="install binutils")
    with tempfile.TemporaryDirectory(prefix="portkit-probe-") as folder:
        source = Path(folder) / "probe.c"
        source.write_text("int\nmain(void)\n{\n\treturn (0);\n}\n", encoding="ascii")
        flags = [f"-fsanitize={','.join(sanitize)}"] if sanitize else []
        status, text = _run([compiler.command, "-m64", *flags, *_LINK, "probe.c", "-o", "probe", "-ldl"], source.parent)
        if status == 0 and sanitize:
            status, text = _run(["./probe"], source.parent)
        if status == 0:
            return
        plain = [compiler.command, "-m64", *_LINK, "probe.c", "-o", "probe", "-ldl"]
        if sanitize and _run(plain, source.parent)[0] == 0:
            raise PortkitError(f"{compiler.command} has no runtime for -fsanitize={','.join(sanitize)}: "
                               f"{_first_error(text)}", hint="install the compiler's sanitizer libraries, name another "
                               "compiler with --cc, or build with --sanitize none")
        raise PortkitError(f"{compiler.command} cannot link a program here: {_first_error(text)}",
                           hint="install the C library's development files, or name another compiler with --cc")


def simulator_sources(part: Part) -> list[str]:
    """The files of a part, relative to this folder."""
    return sorted(f"{part.name}/{path.name}" for path in (BOOT / part.name).glob("*.[cS]"))


def header_dirs(gate: Path | None, cache: Cache) -> list[Path]:
    """Where <...> includes of kernel and modules resolve: the embedded DDI headers, or those of a gate with the few
    that its build would generate."""
    if gate is None:
        return [embedded_include()]
    real = open_gate(gate)
    definitions = cache.file_digest(real.uts / "common" / "os" / "priv_defs") or "none"
    made = cache.root / "gate-headers" / digest(os.fspath(real.root), definitions)[:16]
    if not made.is_dir():
        made.parent.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=made.parent))
        real.generate_headers(folder)
        try:
            folder.rename(made)
        except OSError:         # another process was faster
            shutil.rmtree(folder)
    return [*real.include_dirs(), made]


class Builder:
    """Builds with one compiler and one set of sanitizers."""

    def __init__(self, compiler: Compiler, cache: Cache, sanitize: Sequence[str] = (), jobs: int = 1,
                 progress: Progress | None = None) -> None:
        self.compiler, self.cache, self.sanitize, self.jobs = compiler, cache, tuple(sanitize), jobs
        self.progress = progress or (lambda text: None)
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._lock = threading.Lock()

    def units(self, port: Port, headers: Iterable[Path]) -> list[_Unit]:
        """Everything to compile, in a fixed order."""
        system = [f"-isystem{path}" for path in headers]
        units = []
        for part in PARTS:
            flags = [*(KERNEL_FLAGS if part.kernel else LIBC_FLAGS), *_OWN_WARNINGS, "-iquote", ".",
                     *self._instrument(part), *(f"-DHC_SANITIZE_{name.upper()}" for name in self.sanitize)]
            if part.kernel:
                flags += ["-nostdinc", *system]
            units += [_Unit(part, source, BOOT, tuple(flags)) for source in simulator_sources(part)]
        for spec in port.modules:
            flags = [*(f"-I{folder}" for folder in spec.include_dirs), *KERNEL_FLAGS, "-nostdinc", *system,
                     *(text if text.startswith(("-D", "-U")) else f"-D{text}" for text in spec.defines), "-w",
                     *self._instrument(_MODULE), "-fsanitize-coverage=trace-pc"]
            units += [_Unit(_MODULE, source, port.folder, tuple(flags), spec.name) for source in spec.sources]
        return units

    def _instrument(self, part: Part) -> list[str]:
        kinds = [name for name in self.sanitize if name in part.sanitizers]
        if not kinds:
            return []
        flags = [f"-fsanitize={','.join(kinds)}"]
        if "undefined" in kinds:
            flags += _NOT_UNDEFINED
        if "thread" in kinds:
            flags += _VOLATILE_IS_MARKED[self.compiler.family]
        else:
            # A finding is reported and the run goes on: the next one is of interest, too.
            flags.append("-fsanitize-recover=all")
        return flags

    def compile_all(self, units: Sequence[_Unit]) -> list[Cached | None]:
        """Each unit's object; None for one that does not compile (the reason is in `errors`)."""
        with ThreadPoolExecutor(max_workers=max(1, self.jobs)) as pool:
            try:
                return list(pool.map(self._compile, units))
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _compile(self, unit: _Unit) -> Cached | None:
        flags = list(unit.flags)
        if unit.source.endswith((".s", ".S")):
            flags = [flag for flag in flags if not flag.startswith(("-fsanitize", "-fno-sanitize", "--param=tsan"))]
            flags += ["-D_ASM", "-x", "assembler-with-cpp"] if unit.part.kernel else []
        command = [self.compiler.command, *flags, "-fdiagnostics-color=never", f"-ffile-prefix-map={unit.cwd}=.",
                   "-c", unit.source]
        name = digest(_RECIPE, self.compiler.version, unit.part.name,
                      *(part for part in command if not part.startswith("-ffile-prefix-map")))
        found = self.cache.find(name, unit.cwd, ("needs", "defines", "said"))
        if found is None:
            found = self._compile_anew(unit, command, name)
        if found is not None and unit.module is None:
            with self._lock:
                self.warnings += found.facts["said"]
        self.progress(f"{unit.module or 'simulator'}: {unit.source}")
        return found

    def _compile_anew(self, unit: _Unit, command: list[str], name: str) -> Cached | None:
        with tempfile.TemporaryDirectory(prefix="portkit-cc-") as folder:
            made, rule = Path(folder) / "made.o", Path(folder) / "made.d"
            began = time.time_ns()
            status, text = _run([*command, "-o", os.fspath(made), "-MD", "-MF", os.fspath(rule)], unit.cwd)
            if status:
                with self._lock:
                    self.errors += _errors(text, unit)
                return None
            try:
                needs, defines = _rename(made, unit.part) if unit.part.kernel else _symbols(made)
            except PortkitError as error:
                with self._lock:
                    self.errors.append(f"{unit.source}: {error}")
                return None
            said = [line for line in text.splitlines() if re.search(r"warning:|error:", line)]
            files = read_dependencies(rule.read_text(encoding="utf-8", errors="surrogateescape"))
            return self.cache.store(name, unit.cwd, files, began, made,
                                    {"needs": needs, "defines": defines, "said": said})

    def link(self, name: str, objects: Sequence[Cached], flags: Sequence[str], libraries: Sequence[str],
             into: Path) -> str:
        """Link objects into the file `into`; what the linker said, empty when it is done."""
        key = digest("link", _RECIPE, self.compiler.version, name, *flags, *libraries, *(item.key for item in objects))
        found = self.cache.find_file(key)
        if found is None:
            text = self._link_anew(name, objects, flags, libraries, into)
            if text:
                return text
            self.cache.put_file(key, into)
        else:
            shutil.copyfile(found, into)
        into.chmod(0o755)
        return ""

    def _link_anew(self, name: str, objects: Sequence[Cached], flags: Sequence[str], libraries: Sequence[str],
                   into: Path) -> str:
        # The linker goes by the name's ending, which the cache does not keep.
        with tempfile.TemporaryDirectory(prefix="portkit-ld-") as folder:
            names = []
            for number, item in enumerate(objects):
                names.append(f"{number}.o")
                assert item.object is not None
                shutil.copyfile(item.object, Path(folder) / names[-1])
            status, text = _run([self.compiler.command, "-m64", *flags, "-o", os.fspath(into), *names, *libraries],
                                Path(folder))
        if status == 0:
            return ""
        into.unlink(missing_ok=True)
        return text or f"the linker ended with status {status}"


def build_simulator(port: Port, compiler: Compiler, into: Path, *, cache: Cache | None = None,
                    sanitize: Sequence[str] = (), jobs: int = 1, progress: Progress | None = None,
                    keep_going: bool = False) -> Build:
    """Compile and link simulator and modules into the folder `into`, and write the plan file there.

    `progress(what)` is called after each source file.  With `keep_going`, what is missing of the C side is replaced by
    functions that panic.  BuildError for what does not compile or link; PortkitError for a missing tool or gate.
    """
    cache = cache or Cache.open()
    builder = Builder(compiler, cache, sanitize, jobs, progress)
    units = builder.units(port, header_dirs(port.gate, cache))
    made = builder.compile_all(units)
    problems = list(builder.errors)
    problems += [f"portkit/boot/{part.name}: no C files" for part in PARTS if not simulator_sources(part)]
    if problems and not keep_going:
        raise BuildError(problems)
    pairs = [(unit, item) for unit, item in zip(units, made, strict=True) if item is not None]
    own = [item for unit, item in pairs if unit.module is None]
    problems += _twice([(unit.source, item) for unit, item in pairs if unit.module is None])
    modules = {spec.name: [item for unit, item in pairs if unit.module == spec.name] for spec in port.modules}

    into.mkdir(parents=True, exist_ok=True)
    objects = {}
    for spec in port.modules:
        objects[spec.name] = into / f"{spec.kind}-{spec.name}.so"
        said = builder.link(spec.path, modules[spec.name], _MODULE_LINK, (), objects[spec.name])
        if said:
            problems.append(f"{spec.path}: linking failed: {_first_error(said)}")
    stubs, data = _lacking(own, modules, compiler.family)
    for name, users in data.items():
        problems.append(f"{' and '.join(users)} use{'s' if len(users) == 1 else ''} the variable "
                        f"{name.removeprefix(PREFIX)}, which the simulated kernel does not have")
    if problems and not keep_going:
        raise BuildError(problems)

    simulator = into / "simulator"
    flags = [*_LINK, *([f"-fsanitize={','.join(sanitize)}"] if sanitize else [])]
    if keep_going:
        flags.append("-Wl,-z,muldefs")
    missing: list[str] = []
    for _ in range(2):
        extra = [_stubs(builder, [*stubs, *missing], data)] if stubs or missing or data else []
        said = builder.link("simulator", [*own, *extra], flags, ("-ldl", "-lm"), simulator)
        undefined = sorted(set(re.findall(r"undefined reference to [`'\"]([\w.]+)", said)))
        if not said:
            break
        reasons = [f"simulator: nothing defines {name.removeprefix(PREFIX)}" for name in undefined]
        problems += reasons or [f"simulator: linking failed: {_first_error(said)}"]
        if not keep_going or not undefined:
            raise BuildError(problems)
        missing = undefined
    else:
        raise BuildError([*problems, f"simulator: linking failed: {_first_error(said)}"])
    plan = into / "plan"
    plan.write_text(plan_text(port, objects), encoding="utf-8")
    return Build(into, simulator, objects, plan, [name.removeprefix(PREFIX) for name in stubs], builder.warnings,
                 problems)


def _twice(own: Iterable[tuple[str, Cached]]) -> list[str]:
    """What two files of the simulator define, in words."""
    places: dict[str, list[str]] = {}
    for source, item in own:
        for name in item.facts["defines"]:
            places.setdefault(name, []).append(f"portkit/boot/{source}")
    return [f"simulator: {' and '.join(files)} define {name.removeprefix(PREFIX)}"
            for name, files in sorted(places.items()) if len(files) > 1]


def _lacking(own: Sequence[Cached], modules: dict[str, list[Cached]],
             family: str) -> tuple[list[str], dict[str, list[str]]]:
    """What modules need and nothing defines: functions, and variables with the modules that use them."""
    defined = {name for item in own for name in item.facts["defines"]}
    defined |= {name for items in modules.values() for item in items for name in item.facts["defines"]}
    functions: set[str] = set()
    data: dict[str, list[str]] = {}
    for module, items in modules.items():
        for item in items:
            lacking = {name for name in item.facts["needs"] if name.startswith(PREFIX)} - defined
            if lacking and item.object is not None:
                variables = lacking & (_declared_variables(item.object) if family == "gcc"
                                       else _read_variables(item.object))
                functions |= lacking - variables
                for name in variables:
                    data.setdefault(name, []).append(module)
    return sorted(functions), {name: list(dict.fromkeys(users)) for name, users in sorted(data.items())}


def _declared_variables(file: Path) -> set[str]:
    """The prefixed names of variables that an object declares (not defines), from its debugging information."""
    found: set[str] = set()
    with open(file, "rb") as stream:
        elf = ELFFile(stream)
        if not elf.has_dwarf_info():
            return found
        for unit in elf.get_dwarf_info().iter_CUs():
            for entry in unit.get_top_DIE().iter_children():
                if entry.tag == "DW_TAG_variable" and "DW_AT_external" in entry.attributes \
                        and "DW_AT_name" in entry.attributes:
                    found.add(PREFIX + entry.attributes["DW_AT_name"].value.decode("utf-8", "replace"))
    return found


def _read_variables(file: Path) -> set[str]:
    """The same for clang, which describes only what it defines: names that are loaded from and never called, stored in
    no table, and no function of a manual page."""
    loaded: set[str] = set()
    others: set[str] = set()
    with open(file, "rb") as stream:
        elf = ELFFile(stream)
        for section in elf.iter_sections():
            if not isinstance(section, RelocationSection) or section.name.startswith(".rela.debug"):
                continue
            symbols = elf.get_section(section["sh_link"])
            assert isinstance(symbols, SymbolTableSection)
            for relocation in section.iter_relocations():
                name = symbols.get_symbol(relocation["r_info_sym"]).name
                kind = relocation["r_info_type"]
                (loaded if kind in _GOT_LOADS else others).add(name)
    pages = load_exports().modules["genunix"] | load_exports().modules["unix"]
    return {name for name in loaded - others if not re.search(r"\(9[FE]\)", pages.get(name.removeprefix(PREFIX), ""))}


def _stubs(builder: Builder, functions: Sequence[str], variables: Iterable[str]) -> Cached:
    """An object with functions that panic with their own name, and (with keep_going) variables that are zero."""
    names = sorted({*functions} - {"hc_panic"})
    text = "void hc_panic(const char *, ...) __attribute__((noreturn));\n"
    if "hc_panic" in functions:
        text += ("extern int dprintf(int, const char *, ...);\nextern void abort(void) __attribute__((noreturn));\n"
                 'void\nhc_panic(const char *f, ...)\n{\n\tdprintf(2, "hc_panic: %s\\n", f);\n\tabort();\n}\n')
    for name in names:
        said = f"{name.removeprefix(PREFIX)} is not simulated"
        text += f'void {name}(void);\nvoid\n{name}(void)\n{{\n\thc_panic("{said}");\n}}\n'
    text += "".join(f"long {name}[512];\n" for name in variables)
    with tempfile.TemporaryDirectory(prefix="portkit-stub-") as folder:
        (Path(folder) / "stubs.c").write_text(text, encoding="ascii")
        flags = ("-std=gnu11", *_COMMON, "-fno-builtin")
        name = digest(_RECIPE, "stubs", builder.compiler.version, text, *flags)
        found = builder.cache.find_file(name)
        if found is None:
            status, said = _run([builder.compiler.command, *flags, "-c", "stubs.c", "-o", "stubs.o"], Path(folder))
            if status:
                raise BuildError([f"simulator: {_first_error(said)}"])
            found = builder.cache.put_file(name, Path(folder) / "stubs.o")
        return Cached(name, found, {})


def _symbols(file: Path) -> tuple[list[str], list[str]]:
    """(undefined, defined) global symbols of an object, sorted."""
    needs: set[str] = set()
    defines: set[str] = set()
    try:
        with open(file, "rb") as stream:
            for section in ELFFile(stream).iter_sections():
                if not isinstance(section, SymbolTableSection):
                    continue
                for symbol in section.iter_symbols():
                    if not symbol.name or symbol["st_info"]["bind"] == "STB_LOCAL":
                        continue
                    (needs if symbol["st_shndx"] == "SHN_UNDEF" else defines).add(symbol.name)
    except (ELFError, OSError) as error:
        raise PortkitError(f"cannot be read as ELF: {error}") from None
    return sorted(needs), sorted(defines)


def _rename(file: Path, part: Part) -> tuple[list[str], list[str]]:
    """Prefix the global symbols of an object that belong to the kernel's world; (undefined, defined) afterwards."""
    needs, defines = _symbols(file)
    keep = _WATCHED - set(defines) if part.watched else frozenset()
    renamed = {name: PREFIX + name for name in [*needs, *defines]
               if not _UNPREFIXED.match(name) and name not in keep}
    table = file.with_suffix(".names")
    table.write_text("".join(f"{old} {new}\n" for old, new in sorted(renamed.items())), encoding="utf-8")
    status, text = _run(["objcopy", f"--redefine-syms={table}", os.fspath(file)], file.parent)
    if status:
        raise PortkitError(f"objcopy failed: {_first_error(text)}")
    return sorted(renamed.get(name, name) for name in needs), sorted(renamed.get(name, name) for name in defines)


def _run(command: Sequence[str], cwd: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"})
    except OSError as error:
        raise PortkitError(f"cannot run {command[0]}: {error.strerror}") from None
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def _errors(text: str, unit: _Unit) -> list[str]:
    """The lines of a compiler's output that say what is wrong."""
    where = "" if unit.module is not None else "portkit/boot/"
    said = [where + line for line in text.splitlines() if re.search(r"(error|Error): ", line)]
    return said or [f"{where}{unit.source}: {_first_error(text)}"]


def _first_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"error|undefined|cannot|multiple|No such", line)]
    return (telling or lines or ["it said nothing"])[0]


def main() -> None:
    """The command line of `python -m portkit.boot.build`."""
    import sys

    import click

    from portkit.boot.plan import open_port
    from portkit.illumos.compile import find_compilers

    path = click.Path(path_type=Path)

    @click.command()
    @click.argument("out", type=path, required=False)
    @click.option("--source", type=path, help="Driver source; with --modules.")
    @click.option("--modules", "modules_file", type=path, help="TOML file that describes the modules.")
    @click.option("--gate", type=path, help="illumos source tree whose headers are used.")
    @click.option("--cc", default="gcc", show_default=True)
    @click.option("--sanitize", default="none", show_default=True, help="address,undefined or thread.")
    @click.option("-j", "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
    @click.option("--keep-going", is_flag=True, help="Replace what is missing by functions that panic.")
    @click.option("-o", "--into", type=path, required=True, help="Folder for simulator, modules and plan.")
    def command(out: Path | None, source: Path | None, modules_file: Path | None, gate: Path | None, cc: str,
                sanitize: str, jobs: int, keep_going: bool, into: Path) -> None:
        """Build the simulator, and the modules of OUT (or of --source), without booting."""
        try:
            port = Port(BOOT, [], gate)
            if out is not None or source is not None:
                port = open_port(out or Path("."), source, modules_file, gate)
            [compiler] = find_compilers([cc])
            kinds = parse_sanitize(sanitize)
            check_tools(compiler, kinds)
            build = build_simulator(port, compiler, into.resolve(), sanitize=kinds, jobs=jobs, keep_going=keep_going)
        except PortkitError as error:
            click.echo(f"portkit: {error}", err=True)
            sys.exit(2)
        except BuildError as error:
            click.echo(str(error), err=True)
            sys.exit(1)
        for line in [*build.warnings, *build.problems]:
            click.echo(line, err=True)
        if build.stubs:
            click.echo(f"not simulated: {' '.join(build.stubs)}")
        click.echo(f"{build.simulator} --plan {build.plan}")

    command()


if __name__ == "__main__":
    main()
