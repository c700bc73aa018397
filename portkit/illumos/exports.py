"""The kernel's exported symbols by module: what a driver may leave to the module loader.

exports.toml lists what the embedded headers declare, each symbol with the manual page or header that makes
it a driver's business.  With a real gate, that tree's own sources are asked: a symbol of the table that the
gate does not define is no export there, and one that its kernel defines is, listed or not.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portkit.illumos.gate import open_gate
from portkit.illumos.gate_symbols import GateSymbols, scan_gate

# krtld searches these for every module, without a dependency.
KERNEL_MODULES = ("unix", "genunix")


@dataclass(frozen=True)
class Exports:
    """Who defines what, outside the modules that are being checked."""

    modules: dict[str, dict[str, str]]      # "genunix", "misc/scsi", ... to symbol to its page or header
    gate: GateSymbols | None = None

    def in_kernel(self, symbol: str) -> bool:
        """Whether unix or genunix defines it, so that any module may use it."""
        if self.gate is not None:
            return self.gate.in_kernel(symbol)
        return self.listed(symbol)

    def listed(self, symbol: str) -> bool:
        """Whether the table has it as a symbol of unix or genunix.

        A gate is not asked: its scan may take more names for defined than a build would define.
        """
        return any(symbol in self.modules.get(name, {}) for name in KERNEL_MODULES)

    def has_module(self, path: str) -> bool:
        """Whether a module of that path (`misc/scsi`) comes with the kernel."""
        if self.gate is not None and self.gate.has_module(path):
            return True
        return path in self.modules

    def defines(self, path: str, symbol: str) -> bool:
        """Whether the kernel's loadable module of that path (`misc/scsi`) defines the symbol."""
        if self.gate is not None:
            return self.gate.module_defines(path, symbol)
        return symbol in self.modules.get(path, {})

    def modules_of(self, symbol: str) -> list[str]:
        """Loadable modules of the table that define it, sorted; a module that uses it must depend on one."""
        return [name for name in sorted(self.modules) if name not in KERNEL_MODULES
                and symbol in self.modules[name] and self.defines(name, symbol)]

    def missing_in_gate(self) -> list[tuple[str, str]]:
        """(module, symbol) of the table that the gate's sources do not define."""
        if self.gate is None:
            return []
        missing = []
        for name, symbols in sorted(self.modules.items()):
            for symbol in symbols:
                if not (self.in_kernel(symbol) if name in KERNEL_MODULES else self.defines(name, symbol)):
                    missing.append((name, symbol))
        return missing


@cache
def _table() -> dict[str, dict[str, str]]:
    text = (Path(__file__).resolve().parent / "exports.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def load_exports(gate: Path | None = None) -> Exports:
    """The export table; with `gate`, checked against the definitions in its sources."""
    return Exports(_table(), scan_gate(open_gate(gate)) if gate is not None else None)
