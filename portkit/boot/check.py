"""The checks of `portkit compile`, before anything is booted; what passed is remembered by content."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from portkit import illumos
from portkit.boot.cache import Cache, digest, read_dependencies
from portkit.boot.plan import Port
from portkit.illumos.compile import Compiler, CompileResult, compile_port


def check_modules(port: Port, compiler: Compiler, cache: Cache, jobs: int,
                  progress: Callable[[str], None] = lambda what: None) -> CompileResult | None:
    """Compile the port's modules as the kernel would load them, and resolve their symbols.

    None when the very same modules have passed before.  The caller closes the result.
    """
    command = digest("check", compiler.version, *(repr(spec) for spec in port.modules), str(port.gate))
    if cache.find(command, port.folder) is not None:
        return None
    began = time.time_ns()
    result = compile_port(port.folder, port.modules, gate=port.gate, cc=compiler.command, jobs=jobs,
                          source_map=port.source_map, extra_flags=("-MD",),
                          progress=lambda done, total, what: progress(what))
    if result.ok:
        files = set()
        for rule in (result.work / "obj").rglob("*.d"):
            files |= set(read_dependencies(rule.read_text(encoding="utf-8", errors="surrogateescape")))
        # Headers that were made for this one compilation come from the gate, which is in the key.
        files = {name for name in files if not name.startswith(str(result.work))}
        # What judges belongs to the judgement.
        engine = Path(illumos.__file__).resolve().parent
        files |= {str(path) for path in [*engine.glob("*.py"), engine / "exports.toml"]}
        cache.store(command, port.folder, files, began, None, {})
    return result
