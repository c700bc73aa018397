"""Which runs `portkit boot` makes: a scenario, on so many CPUs, under a host of one release.

The scenarios themselves are C (scenario/); the simulator lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portkit.errors import PortkitError

RELEASES = ("2008R2", "2012", "2012R2", "2016", "2019")
RELEASE = "2016"                # where nothing else is asked for
CPUS = (1, 2, 4)
CPU = 2
MAX_CPUS = 8                    # HC_MAXCPU
LIMIT: float = 60               # seconds of processor time for a run, after which the simulator itself gives up
BOOT = "boot"
FAIL_ALLOC = "fail-alloc"       # the one that runs with failing allocations, and only so
MODULE = "module"               # for drivers of any kind, with no host behind them: only when it is asked for
DISK = "disk"                   # under every release, because each has a storage protocol of its own
DISK_SPEED = "disk-speed"       # a measurement: only when it is asked for
_ON_CPUS: dict[str, tuple[int, ...]] = {"disk-load": (4,), DISK_SPEED: (1, 4)}      # the others on CPU of them


@dataclass(frozen=True)
class Run:
    """One process of the simulator."""

    scenario: str
    cpus: int = CPU
    host: str = RELEASE
    seed: int = 1
    fail: str | None = None     # the allocation that fails: a number, or "all" for each in turn

    @property
    def title(self) -> str:
        """`boot, 2 CPUs, 2016`: how reports refer to it."""
        parts = [self.scenario, f"{self.cpus} CPU{'s' if self.cpus != 1 else ''}", self.host]
        if self.fail is not None:
            parts.append(f"--fail-alloc {self.fail}")
        return ", ".join(parts)

    @property
    def arguments(self) -> list[str]:
        """The simulator's arguments for it."""
        words = ["--scenario", self.scenario, "--cpus", str(self.cpus), "--host", self.host, "--seed", str(self.seed)]
        return [*words, "--fail-alloc", self.fail] if self.fail is not None else words

    def to_json(self) -> dict[str, Any]:
        return {"scenario": self.scenario, "cpus": self.cpus, "host": self.host, "seed": self.seed,
                "fail_alloc": self.fail}


def choose_runs(known: Sequence[str], only: Sequence[str] = (), *, cpus: int | None = None, host: str | None = None,
                seed: int = 1, fail: str | None = None) -> list[Run]:
    """The runs in the order in which they are reported.

    Without `only`: a boot on 1, 2 and 4 CPUs, one on every release, each other scenario (that of disks on every
    release, too), and last the one in which each allocation fails in turn.  `only` names scenarios, `fail` says which
    allocation fails in them; `cpus` and `host` hold everywhere.  PortkitError for a scenario that is not `known`.
    """
    for name in only:
        if name not in known:
            raise PortkitError(f"there is no scenario {name!r}", hint=f"one of {', '.join(known)}")

    def run(name: str, on: int = CPU, release: str = RELEASE, failing: str | None = None) -> Run:
        return Run(name, cpus or on, host or release, seed, failing)

    def runs_of(name: str, failing: str | None = None) -> list[Run]:
        return [run(name, on, failing=failing) for on in _ON_CPUS.get(name, (CPU,))]

    if fail is not None:
        runs = [run(name, failing=fail) for name in only or (FAIL_ALLOC,)]
    elif only:
        runs = [one for name in only for one in runs_of(name, "all" if name == FAIL_ALLOC else None)]
    else:
        runs = [run(BOOT, on) for on in CPUS]
        runs += [run(BOOT, release=release) for release in RELEASES]
        for name in known:
            if name == DISK:
                runs += [run(DISK, release=release) for release in RELEASES]
            elif name not in (BOOT, FAIL_ALLOC, MODULE, DISK_SPEED):
                runs += runs_of(name)
        runs += [run(name, failing="all") for name in known if name == FAIL_ALLOC]
    return list(dict.fromkeys(runs))


def parse_fail(text: str | None) -> str | None:
    """The value of --fail-alloc: `all`, or a number from 1 on."""
    if text is None or text == "all":
        return text
    if not text.isdecimal() or int(text) < 1:
        raise PortkitError(f"--fail-alloc takes a number from 1 on, or all, not {text!r}")
    return str(int(text))
