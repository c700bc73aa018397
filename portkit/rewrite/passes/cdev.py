"""Character devices: cdevsw(9), make_dev(9) and poll become cb_ops(9S), minor nodes and chpoll(9E).

The entry points are emitted glue (cdev.c.j2).  They find the node by the minor number, which is the instance
times the number of devices of an instance plus the device, and call upstream's methods.  `struct cdev *`
becomes `dev_info_t *`, and si_drv1 what was stored there, told from the node.  make_dev(9) and its relatives
become ddi_create_minor_node(9F); who may open it is for minor_perm(5) to say, not for the driver.

All of a driver's devices are read first.  What the glue cannot serve (a method of the virtual memory system,
Giant, several devices of one table ...) leaves the driver as it is: residue, with the reason as its hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.lexer import KEYWORDS, Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context, Region, whole_lines
from portkit.rewrite.dataflow import Call, Facts, cast_close, strip
from portkit.rewrite.edit import Kept, Part
from portkit.rewrite.passes.newbus import Driver, make_global
from portkit.rewrite.statements import (
    Statements,
    control_head,
    is_unbraced,
    starts_statement,
    statement_close,
)
from portkit.rules.pattern import Span, matching_close, matching_open, postfix_start, split_arguments
from portkit.upstream import KernelModule

RULE = "cdev"
_HEADERS = ("sys/types.h", "sys/conf.h", "sys/ddi.h", "sys/sunddi.h", "sys/stat.h")
_HEADERS_BY_WORD = {"pollhead": "sys/poll.h", "pollwakeup": "sys/poll.h", "kthread_t": "sys/thread.h",
                    "struct uio": "sys/uio.h"}

# The methods as the glue calls them; the node takes the place of `struct cdev *`.
SIGNATURES = {
    "d_open": "dev_info_t *, int, int, kthread_t *",
    "d_close": "dev_info_t *, int, int, kthread_t *",
    "d_read": "dev_info_t *, struct uio *, int",
    "d_write": "dev_info_t *, struct uio *, int",
    "d_ioctl": "dev_info_t *, ulong_t, caddr_t, int, kthread_t *",
    "d_poll": "dev_info_t *, int, struct pollhead **",
}
_PARAMETERS = {"d_open": 4, "d_close": 4, "d_read": 3, "d_write": 3, "d_ioctl": 5, "d_poll": 3}
# What FreeBSD fills a missing method with; naming it is the same as leaving the method out.
_DEFAULTS = frozenset(("nullopen", "nullclose", "noread", "nowrite", "noioctl", "nopoll", "NULL"))

# make_dev(9) and its relatives: arguments by number, and what the call returns.
@dataclass(frozen=True)
class _Form:
    table: int
    unit: int
    format: int
    target: int = -1            # of the address that the device goes to
    flags: int = -1


_FORMS = {
    "make_dev": _Form(0, 1, 5),
    "make_dev_cred": _Form(0, 1, 6),
    "make_dev_credf": _Form(1, 2, 7, flags=0),
    "make_dev_p": _Form(2, -1, 7, target=1, flags=0),
    "make_dev_s": _Form(-1, -1, 2, target=1),
}

# Names that belong to devices: each of them has to be part of an edit, or the driver is left alone.
_WORDS = frozenset((
    *_FORMS, "cdev", "cdevsw", "si_drv0", "si_drv1", "si_drv2", "si_name", "si_flags", "si_devsw",
    "destroy_dev", "destroy_dev_sched", "destroy_dev_sched_cb", "delist_dev", "make_dev_alias",
    "make_dev_alias_p", "make_dev_physpath_alias", "make_dev_args", "make_dev_args_init", "dev2unit",
    "devtoname", "dev_ref", "dev_rel", "dev_refthread", "dev_relthread", "dev_depends",
    "devfs_get_cdevpriv", "devfs_set_cdevpriv", "devfs_clear_cdevpriv", "selrecord",
    *(f"{name}_t" for name in SIGNATURES)))
_MDA = frozenset(("mda_devsw", "mda_uid", "mda_gid", "mda_mode", "mda_flags", "mda_unit", "mda_cr",
                  "mda_si_drv1", "mda_size"))
_CODES = frozenset(("_IOR", "_IOW", "_IOWR"))
_LARGEST_ARGUMENT = 255         # IOCPARM_MASK, sys/ioccom.h


class _Cannot(Exception):
    """The glue cannot serve this driver."""

    def __init__(self, file: SourceFile, token: Token, why: str) -> None:
        super().__init__(why)
        self.file, self.token, self.why = file, token, why


@dataclass(eq=False)
class Table:
    """A `struct cdevsw` and the one device that is made from it."""

    file: SourceFile
    item: Declaration
    name: str
    methods: dict[str, str]
    minor: str = ""             # which of the instance's devices it is, as C text
    node: Node | None = None
    private: str | None = None  # what si_drv1 holds, `@` for the node; None: nothing is stored there
    private_type: str = ""      # its canonical type, where it is known


@dataclass(eq=False)
class Node:
    """One call that makes a device."""

    call: Call
    form: _Form
    target: str                 # where the device goes, as C text; '' for nowhere
    name: str                   # of the minor node, as C text
    plain_name: str             # the same as a string literal
    unit: list[str]             # FreeBSD's unit number
    device: Part                # the device_t

    @property
    def key(self) -> str:
        return re.split(r"->|\.", self.target)[-1]


@dataclass
class Devices:
    """What the template needs to know of a driver's devices."""

    tables: list[Table]
    count: str                  # how many an instance has, as C text; '' for one
    negative: bool              # some errors are returned with the wrong sign
    prototypes: list[str] = field(default_factory=list)     # of methods in other files


def run(context: Context, modules: Sequence[KernelModule]) -> None:
    for sources, driver in _drivers(context, modules):
        group = _Group(context, sources, driver)
        try:
            group.read()
        except _Cannot as reason:
            _leave(context, group, reason)
        else:
            group.commit()


def _drivers(context: Context, modules: Sequence[KernelModule]) -> Iterator[tuple[list[Path], Driver | None]]:
    """The sources of each illumos driver; see illumos.layout.plan()."""
    for module in modules:
        sources = [path for path in module.sources if path in context.program.files
                   and path not in context.dropped_files]
        drivers = [driver for driver in context.drivers if driver.file in sources]
        if len(drivers) <= 1:
            yield sources, drivers[0] if drivers else None
            continue
        for driver in drivers:
            yield [driver.file], driver
        shared = [path for path in sources if path not in {driver.file for driver in drivers}]
        if shared:
            yield shared, None


def _leave(context: Context, group: _Group, reason: _Cannot) -> None:
    """Name the reason where it is, or at the table when that is no use of FreeBSD's.

    Roles are taken back where rows would rewrite half a method for them.
    """
    file, token = reason.file, reason.token
    if not (isinstance(token.ref, Ref) and token.ref.external):
        file, item = group.tables[0].file, group.tables[0].item
        token = next(one for one in file.tokens[item.first:item.last] if one.text == "cdevsw")
    context.edit(file, token.start, token.end, [Kept(token.start, token.end, raw=True)], RULE, "residue",
                 hint=f"character device: {reason.why}")
    for table in group.tables:
        for method, function in table.methods.items():
            if method == "d_poll":
                context.roles.get(function, set()).discard(method)


def _texts(tokens: Sequence[Token], span: Span) -> list[str]:
    return [token.text for token in tokens[span[0]:span[1]]]


class _Group:
    """The devices of one driver: read and judged first, rewritten when nothing stands against it."""

    def __init__(self, context: Context, sources: Sequence[Path], driver: Driver | None) -> None:
        self.context = context
        self.driver = driver
        self.facts = Facts.of(context)
        self.sources = [context.program.files[path] for path in sources]
        program = context.program
        headers = dict.fromkeys(header for path in sources for header in program.includes.get(path, ()))
        self.files = self.sources + [program.files[path] for path in headers
                                     if path in program.files and path not in context.dropped_files]
        self.gone = {file.path: [(edit.start, edit.end) for edit in context.edits.get(file.path, ())
                                 if not edit.parts and edit.end > edit.start] for file in self.files}
        self.tables: list[Table] = []
        self.plan: list[tuple[SourceFile, int, int, list[Part]]] = []
        self.enum: tuple[SourceFile, int, int, str] | None = None
        self.removed: list[tuple[SourceFile, int, int]] = []
        self.before: list[tuple[SourceFile, Span, str]] = []
        self.global_methods = False

    # -- helpers ---------------------------------------------------------------------------------------------

    def alive(self, file: SourceFile, token: Token) -> bool:
        return not token.skipped and not any(
            first <= token.start < last for first, last in self.gone[file.path])

    def replace(self, file: SourceFile, first: int, last: int, parts: list[Part]) -> None:
        """Tokens [first, last) of a file become `parts`."""
        tokens = file.tokens
        self.plan.append((file, tokens[first].start, tokens[last - 1].end, parts))

    def calls(self, *names: str) -> Iterator[Call]:
        for call in self.facts.calls(*names):
            if call.file in self.files and self.alive(call.file, call.tokens[call.at]):
                yield call

    def external(self, name: str) -> bool:
        return name not in self.context.program.own_names

    # -- reading ---------------------------------------------------------------------------------------------

    def read(self) -> None:
        for file in self.files:
            self._tables(file)
        if not self.tables:
            return
        if self.driver is None:
            table = self.tables[0]
            raise _Cannot(table.file, table.file.tokens[table.item.name_token],
                          "no driver_t of this module says which node it belongs to")
        self._codes()
        self._nodes()
        self._minors()
        self._stores()
        for file in self.files:
            for region in self.context.regions(file):
                self._region(region)
            self._declarations(file)
        self._destroyed()
        self._poll()
        self._all_done()

    def _tables(self, file: SourceFile) -> None:
        tokens = file.tokens
        for item in self.context.outline(file).declarations:
            if item.kind != "variable" or item.initialiser == (0, 0) \
                    or not self.alive(file, tokens[item.first]):
                continue
            head = _texts(tokens, (item.first, item.initialiser[0]))
            if "cdevsw" not in head or not self.external("cdevsw"):
                continue
            table = Table(file, item, item.name, {})
            self.tables.append(table)
            if "[" in head or "*" in head:
                raise _Cannot(file, tokens[item.name_token], "only a plain table of methods is understood")
            for first, last in split_arguments(tokens, item.initialiser[0]):
                while first < last and tokens[first].kind == "#":
                    first += 1
                if first < last:
                    self._field(table, first, last)

    def _field(self, table: Table, first: int, last: int) -> None:
        file, tokens = table.file, table.file.tokens
        texts = _texts(tokens, (first, last))
        if len(texts) < 4 or texts[0] != "." or texts[2] != "=":
            raise _Cannot(file, tokens[first], "the table's members are not named")
        name, value = texts[1], texts[3:]
        if name in ("d_version", "d_name"):
            return
        if name == "d_flags":
            if value != ["0"]:
                raise _Cannot(file, tokens[first + 1], {
                    "D_NEEDGIANT": "its methods want to be called with Giant held",
                    "D_TRACKCLOSE": "it counts every close, and close(9E) is called for the last one only",
                }.get(value[0], f"d_flags of {' '.join(value)} is not understood"))
            return
        if name not in SIGNATURES:
            raise _Cannot(file, tokens[first + 1], f"there is no glue for the method {name}")
        if len(value) == 1 and value[0] in _DEFAULTS:
            return
        found = self.context.function(value[0]) if len(value) == 1 else None
        if found is None or value[0] in self.context.dropped_functions:
            raise _Cannot(file, tokens[first + 3], f"{name} is not a function of this driver")
        if len(found[1].params) != _PARAMETERS[name]:
            raise _Cannot(file, tokens[first + 3], f"{value[0]} has not the parameters of {name}")
        table.methods[name] = value[0]

    def _codes(self) -> None:
        """illumos' request codes have eight bits for the size of the argument, FreeBSD's thirteen."""
        if not any("d_ioctl" in table.methods for table in self.tables):
            return
        for file in self.files:
            for region in self.context.regions(file):
                tokens = region.tokens
                for number, token in enumerate(tokens):
                    if token.text not in _CODES or not self.external(token.text) \
                            or number + 1 >= len(tokens) or tokens[number + 1].text != "(" \
                            or not self.alive(file, token):
                        continue
                    spans = split_arguments(tokens, number + 1)
                    size = self._size(_texts(tokens, spans[2])) if len(spans) == 3 else 0
                    if size == 0:
                        raise _Cannot(file, token, "the size of its argument is not known")
                    if size > _LARGEST_ARGUMENT:
                        raise _Cannot(file, token, f"its argument is of {size} bytes, and illumos' request "
                                      f"codes hold up to {_LARGEST_ARGUMENT}")

    def _size(self, words: list[str]) -> int:
        """Bytes of a type; 0 when it is not known."""
        if "[" in words:
            return 0
        if "*" in words:
            return 8
        if all(word in KEYWORDS for word in words):
            return 8
        return self.context.program.size_of(words[-1])

    # -- make_dev --------------------------------------------------------------------------------------------

    def _nodes(self) -> None:
        for call in self.calls(*_FORMS):
            form, name = _FORMS[call.name], call.tokens[call.at]
            if len(call.args) <= form.format:
                raise _Cannot(call.file, name, "its arguments are not understood")
            if call.name == "make_dev_s":
                table, unit = self._arguments_of(call)
            else:
                table = self._table_of(call.file, call.args[form.table])
                unit = call.texts(form.unit) if form.unit >= 0 else []
            if table.node is not None:
                raise _Cannot(call.file, name, f"several devices share {table.name}")
            if form.flags >= 0 and "MAKEDEV_REF" in call.texts(form.flags):
                raise _Cannot(call.file, name, "there is no reference to hold on a minor node")
            self._not_in_a_loop(call)
            table.node = self._node(call, form, unit)
        for table in self.tables:
            if table.node is None:
                token = table.file.tokens[table.item.name_token]
                raise _Cannot(table.file, token, "no device is made from it")
        nodes = [table.node for table in self.tables if table.node is not None]
        for number, node in enumerate(nodes):
            token = node.call.tokens[node.call.at]
            if any(other.plain_name == node.plain_name for other in nodes[:number]):
                raise _Cannot(node.call.file, token, f"two devices are called {node.name}")
            if node.target and any(other.key == node.key for other in nodes[:number]):
                raise _Cannot(node.call.file, token, f"{node.target} holds two devices")

    def _table_of(self, file: SourceFile, span: Span) -> Table:
        texts = _texts(file.tokens, strip(file.tokens, span))
        found = next((table for table in self.tables if texts == ["&", table.name]), None)
        if found is None:
            raise _Cannot(file, file.tokens[span[0]], "which table this is does not show")
        return found

    def _arguments_of(self, call: Call) -> tuple[Table, list[str]]:
        """The table and unit in the `struct make_dev_args` of a make_dev_s() call; what fills it goes."""
        file, tokens, function = call.file, call.tokens, call.function
        texts = call.texts(0)
        if len(texts) != 2 or texts[0] != "&" or function is None:
            raise _Cannot(file, tokens[call.at], "its first argument is not the address of a local structure")
        name = texts[1]
        values: dict[str, Span] = {}
        for number in range(function.body[0], function.body[1]):
            if tokens[number].text != name or tokens[number].skipped \
                    or tokens[number - 1].text in ("->", ".") or call.at < number < call.end:
                continue
            first = number
            while not starts_statement(tokens, first):
                first -= 1
            last = statement_close(tokens, first)
            words = _texts(tokens, (first, last))
            if words[0:1] == [name] and words[1] == "." and words[3] == "=":
                values[words[2]] = (number + 4, last - 1)
            elif "".join(words) not in (f"structmake_dev_args{name};", f"make_dev_args_init(&{name});"):
                raise _Cannot(file, tokens[number], f"this use of {name} is not understood")
            if is_unbraced(tokens, first):
                raise _Cannot(file, tokens[number], f"{name} is set under a condition")
            self._remove(file, first, last)
        if "mda_devsw" not in values or set(values) - _MDA:
            raise _Cannot(file, tokens[call.at], f"the members of {name} are not understood")
        table = self._table_of(file, values["mda_devsw"])
        if "mda_si_drv1" in values:
            self._private(table, file, function, values["mda_si_drv1"])
        unit = values.get("mda_unit")
        return table, _texts(tokens, unit) if unit else []

    def _not_in_a_loop(self, call: Call) -> None:
        assert call.function is not None
        tokens = call.tokens
        heads = [tokens[number - 1] for number in self.facts.blocks(call.file, call.function, call.at)[1:]]
        for number in self.facts.blocks(call.file, call.function, call.at)[1:]:
            if tokens[number - 1].text == ")":
                heads.append(tokens[matching_open(tokens, number - 1) - 1])
        head = control_head(tokens, call.at)
        if head is not None:
            heads.append(tokens[head])
        if any(token.text in ("for", "while", "do") or "FOREACH" in token.text for token in heads):
            raise _Cannot(call.file, tokens[call.at], "several devices are made in a loop")

    def _node(self, call: Call, form: _Form, unit: list[str]) -> Node:
        file, tokens = call.file, call.tokens
        target = ""
        if form.target >= 0:
            first, last = call.args[form.target]
            path = self.facts.path(file, (first + 1, last)) if tokens[first].text == "&" else None
            if path is None or path.subscripts:
                raise _Cannot(file, tokens[first], "where the device is kept does not show")
            target = path.text
        elif tokens[call.at - 1].text == "=":
            first = postfix_start(tokens, call.at - 1)
            path = self.facts.path(file, (first, call.at - 1)) if first >= 0 else None
            if path is None or path.subscripts or tokens[call.end].text not in (";", ")"):
                raise _Cannot(file, tokens[call.at], "where the device is kept does not show")
            target = path.text
        elif self.facts.whole_statement(call) is None:
            raise _Cannot(file, tokens[call.at], "what becomes of the device does not show")
        name, plain = self._name(call, form)
        return Node(call, form, target, name, plain, unit, self._device(call))

    def _device(self, call: Call) -> Part:
        """The device_t: the function's, or the one whose unit number is asked for."""
        function, tokens = call.function, call.tokens
        assert function is not None
        for parameter in function.params:
            if parameter.type_text.split() == ["device_t"] and parameter.name:
                return parameter.name
        for number in range(call.opening, call.end):
            if tokens[number].text in ("device_get_unit", "device_get_nameunit") \
                    and tokens[number + 1].text == "(":
                close = matching_close(tokens, number + 1)
                return Kept(tokens[number + 2].start, tokens[close - 1].end)
        raise _Cannot(call.file, tokens[call.at], "no device_t is at hand to make the minor node for")

    def _name(self, call: Call, form: _Form) -> tuple[str, str]:
        """The name of the minor node; a unit number at its end is the instance, and a node belongs to one."""
        tokens = call.tokens
        first, last = call.args[form.format]
        words = tokens[first:last]
        value = ""
        for token in words:
            strings = [token]
            if token.kind == "i":
                directive = self.context.program.own_macros.get(token.text)
                strings = list(directive.body) if directive is not None and directive.params is None else []
            if not strings or any(one.kind != "s" for one in strings):
                raise _Cannot(call.file, token, "the device's name does not show")
            value += "".join(one.text.strip('"') for one in strings)
        plain = len(words) == 1 and "%" not in value and "/" not in value
        more = call.args[form.format + 1:]
        if value == "%s" and len(more) == 1 and "device_get_nameunit" in call.texts(form.format + 1):
            assert self.driver is not None
            value, more = self.driver.devname, []
        elif len(more) == 1:
            value, found = re.subn(r"[-_.]?%[du]$", "", value)
            if not found:
                value = ""
            more = []
        value = value.replace("/", "-")
        if more or not re.fullmatch(r"[A-Za-z][\w.-]*", value):
            raise _Cannot(call.file, tokens[first], "the device's name is not one that a minor node can have")
        literal = f'"{value}"'
        return (words[0].text if plain else literal), literal

    # -- minor numbers ---------------------------------------------------------------------------------------

    def _minors(self) -> None:
        assert self.driver is not None
        home = self.driver.file
        places = {table.file.path for table in self.tables} | {
            table.node.call.file.path for table in self.tables if table.node is not None}
        self.global_methods = any(table.file.path != home for table in self.tables)
        self.count = ""
        if len(self.tables) == 1:
            self._take_tables("")
            return
        stems = [re.sub(r"_?(cdevsw|devsw|cdev)$", "", table.name) or table.name for table in self.tables]
        names = [f"{stem}_minor".upper() for stem in stems]
        count = f"{self.driver.module or self.driver.devname}_minors".upper()
        known = self.context.program.own_names | set(self.context.rules.same)
        if places != {home} or len({*names, count}) != len(names) + 1 or known & {*names, count}:
            self.count = str(len(self.tables))
            for number, table in enumerate(self.tables):
                table.minor = str(number)
            self._take_tables("")
            return
        self.count = count
        for name, table in zip(names, self.tables, strict=True):
            table.minor = name
        lines = "".join(f"\t{name},\n" for name in names)
        self._take_tables(f"/*\n * The minor nodes of an instance.\n */\nenum {{\n{lines}\t{count}\n}};")

    def _take_tables(self, text: str) -> None:
        """The tables go, with the comments right above them; `text` stands in the place of the first."""
        for number, table in enumerate(self.tables):
            file, item = table.file, table.item
            start = _with_comment(file, file.tokens[item.first].start)
            end = file.tokens[item.last - 1].end
            if text and number == 0:
                self.enum = file, start, end, text
            else:
                self.removed.append((file, start, end))

    def _minor(self, table: Table, device: Part) -> list[Part]:
        parts: list[Part] = ["ddi_get_instance(", device, ")"]
        if table.minor:
            parts.append(f" * {self.count} + {table.minor}")
        return parts

    def _make(self, table: Table) -> None:
        """The call that makes the device.

        The node can be opened as soon as it is there, so that the pointer to the device is set before.
        """
        node = table.node
        assert node is not None
        call = node.call
        file, tokens = call.file, call.tokens
        create: list[Part] = ["ddi_create_minor_node(", node.device, f", {node.name}, S_IFCHR, ",
                              *self._minor(table, node.device), ", DDI_PSEUDO, 0)"]
        whole = self.facts.whole_statement(call)
        if node.form.target >= 0:
            if isinstance(node.device, Kept):
                device = file.text[node.device.start:node.device.end]
            else:
                device = node.device
            self.before.append((file, self._statement(call), f"{node.target} = {device};"))
            parts: list[Part] = ["(void) ", *create] if whole else [*create, " == DDI_SUCCESS ? 0 : ENXIO"]
        elif node.target:
            parts = [*create, " == DDI_SUCCESS ? ", node.device, " : NULL"]
        else:
            parts = ["(void) ", *create]
        first, last = whole or (call.at, call.end)
        around = tokens[first - 1].text, tokens[last].text
        if not whole and around not in (("=", ";"), ("=", ")"), ("(", ")")):
            parts = ["(", *parts, ")"]
        self.replace(file, first, last - 1 if whole else last, parts)

    def _statement(self, call: Call) -> Span:
        """The statement that a call stands in: an `if` as a whole where the call is in its condition."""
        tokens = call.tokens
        at = call.at
        while not starts_statement(tokens, at):
            at -= 1
            if tokens[at].text in ("for", "while", "switch", ";", "{", "}"):
                raise _Cannot(call.file, tokens[call.at], "the device cannot be put in its place before this")
        return at, statement_close(tokens, at)

    # -- si_drv1 ---------------------------------------------------------------------------------------------

    def _stores(self) -> None:
        """`sc->dev->si_drv1 = sc;`: what the devices' methods find there."""
        for file in self.sources:
            tokens = file.tokens
            for number, token in enumerate(tokens):
                if token.text != "si_drv1" or not self.alive(file, token) or tokens[number + 1].text != "=":
                    continue
                function = self.facts.function_at(file, number)
                start = postfix_start(tokens, number - 1)
                end = statement_close(tokens, number)
                if function is None or start < 0 or not starts_statement(tokens, start) \
                        or is_unbraced(tokens, start):
                    raise _Cannot(file, token, "this use of si_drv1 is not understood")
                table = self._held_in(file, (start, number - 1))
                if table is None:
                    raise _Cannot(file, token, "which device this is does not show")
                self._private(table, file, function, (number + 2, end - 1))
                self._remove(file, start, end)

    def _held_in(self, file: SourceFile, span: Span) -> Table | None:
        """The table of the device that an expression's last member or variable holds."""
        path = self.facts.path(file, span)
        if path is None:
            return None
        name = re.split(r"->|\.", path.text)[-1]
        return next((table for table in self.tables if table.node is not None and table.node.target
                     and table.node.key == name), None)

    def _private(self, table: Table, file: SourceFile, function: Declaration, span: Span) -> None:
        assert self.driver is not None
        tokens = file.tokens
        text = self._in_terms_of_node(file, function, strip(tokens, span))
        if text is None:
            raise _Cannot(file, tokens[span[0]], "what si_drv1 holds cannot be told from the node")
        if table.private not in (None, text):
            raise _Cannot(file, tokens[span[0]], "si_drv1 is given two values")
        table.private = text
        table.private_type = self.facts.type_of(file, strip(tokens, span))

    def _in_terms_of_node(self, file: SourceFile, function: Declaration, span: Span) -> str | None:
        assert self.driver is not None
        tokens = file.tokens
        texts = _texts(tokens, span)
        if len(texts) == 1:
            name = texts[0]
            if any(one.name == name and one.type_text.split() == ["device_t"] for one in function.params):
                return "@"
            if self._is_softc(file, function, span[0]):
                return "ddi_get_driver_private(@)"
            return name if name == "NULL" or self.facts.is_global(file, function, name) else None
        if texts[0] == "device_get_softc":
            return "ddi_get_driver_private(@)"
        if texts[0] == "&" and len(texts) == 2:
            return f"&{texts[1]}" if self.facts.is_global(file, function, texts[1]) else None
        if texts[0] == "&" and texts[2] == "->" and self._is_softc(file, function, span[0] + 1) \
                and self.driver.softc and re.fullmatch(r"\w+(\.\w+)*", "".join(texts[3:])):
            return f"&(({self.driver.softc} *)ddi_get_driver_private(@))->{''.join(texts[3:])}"
        return None

    def _is_softc(self, file: SourceFile, function: Declaration, at: int) -> bool:
        """Whether a variable points at the soft state: by its type, or by where its value comes from."""
        assert self.driver is not None
        tag = self.facts.tag(self.driver.softc)
        if tag and self.facts.tag(self.facts.type_of(file, (at, at + 1))) == tag:
            return True
        return any("device_get_softc" in _texts(file.tokens, span) for _, span in
                   self.facts.local_assignments(file, function, file.tokens[at].text))

    def _region(self, region: Region) -> None:
        """Words in code and in macros: the type, si_drv1, unit numbers."""
        file, tokens = region.file, region.tokens
        for number, token in enumerate(tokens):
            if token.kind != "i" or not self.alive(file, token) or not self.external(token.text):
                continue
            if token.text == "cdev" and tokens[number - 1].text == "struct":
                if number + 1 < len(tokens) and tokens[number + 1].text == ";":
                    self.removed.append((file, tokens[number - 1].start, tokens[number + 1].end))
                else:
                    self.plan.append((file, tokens[number - 1].start, token.end, ["dev_info_t"]))
            elif token.text == "si_drv1" and number + 1 < len(tokens) and tokens[number + 1].text != "=":
                self._use(region, number)
            elif token.text == "dev2unit" and number + 1 < len(tokens) and tokens[number + 1].text == "(":
                close = matching_close(tokens, number + 1)
                for table in self._devices(region, (number + 2, close)):
                    if table.node is None or table.node.unit[:1] != ["device_get_unit"]:
                        raise _Cannot(file, token, "the unit number is not the instance")
                self.plan.append((file, token.start, token.end, ["ddi_get_instance"]))

    def _use(self, region: Region, number: int) -> None:
        file, tokens = region.file, region.tokens
        start = postfix_start(tokens, number - 1)
        if tokens[number - 1].text != "->" or start < 0:
            raise _Cannot(file, tokens[number], "this use of si_drv1 is not understood")
        tables = self._devices(region, (start, number - 1))
        private = {table.private for table in tables}
        text = private.pop()
        if private or text is None:
            raise _Cannot(file, tokens[number], "what si_drv1 holds does not show")
        span = strip(tokens, (start, number - 1))
        device = Kept(tokens[span[0]].start, tokens[span[1] - 1].end)
        parts: list[Part] = []
        for count, piece in enumerate(text.split("@")):
            if count:
                parts.append(device)
            parts.append(piece)
        first = start
        close = start - 1
        if text.startswith("&") and tokens[close].text == ")":
            # A cast to the type that it has anyway.
            opening = matching_open(tokens, close)
            wanted = self.facts.type_of(file, (opening, number + 1))
            if cast_close(tokens, opening, number + 1) == close and wanted == tables[0].private_type:
                first = opening
        self.plan.append((file, tokens[first].start, tokens[number].end, parts))

    def _devices(self, region: Region, span: Span) -> list[Table]:
        """The devices that an expression may stand for."""
        if region.directive is None:
            held = self._held_in(region.file, span)
            if held is not None:
                return [held]
            texts = _texts(region.tokens, strip(region.tokens, span))
            function = self.facts.function_at(region.file, span[0])
            if function is not None and len(texts) == 1 and texts[0] in [one.name for one in function.params]:
                served = [table for table in self.tables if function.name in table.methods.values()]
                if served:
                    return served
        return self.tables

    # -- declarations and calls ------------------------------------------------------------------------------

    def _declarations(self, file: SourceFile) -> None:
        """`static d_open_t foo_open;` becomes a prototype."""
        tokens = file.tokens
        methods = {function: method for table in self.tables for method, function in table.methods.items()}
        for item in self.context.outline(file).declarations:
            if item.kind != "variable" or item.initialiser != (0, 0) \
                    or not self.alive(file, tokens[item.first]):
                continue
            words = _texts(tokens, (item.first, item.last))
            kinds = [word for word in words if word.removesuffix("_t") in SIGNATURES and word.endswith("_t")]
            if len(kinds) != 1 or not self.external(kinds[0]):
                continue
            static = "static " if "static" in words and not self._is_shared(item.name) else ""
            if [word for word in words if word not in ("static", "extern", kinds[0])] != [item.name, ";"] \
                    or methods.get(item.name) != kinds[0].removesuffix("_t"):
                raise _Cannot(file, tokens[item.first], f"{item.name} is not a method of the tables here")
            signature = SIGNATURES[kinds[0].removesuffix("_t")]
            self.replace(file, item.first, item.last, [f"{static}int {item.name}({signature});"])

    def _is_shared(self, function: str) -> bool:
        """A method that the glue calls from another file."""
        assert self.driver is not None
        found = self.context.function(function)
        return found is not None and found[0].path != self.driver.file

    def _destroyed(self) -> None:
        for call in self.calls("destroy_dev"):
            table = self._held_in(call.file, call.args[0]) if len(call.args) == 1 else None
            if table is None or table.node is None:
                raise _Cannot(call.file, call.tokens[call.at], "which device this is does not show")
            name = table.node.name if call.file is table.node.call.file else table.node.plain_name
            self.replace(call.file, call.at, call.end, ["ddi_remove_minor_node(", call.kept(0), f", {name})"])
        for table in self.tables:
            self._make(table)

    # -- poll ------------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        """A poll method is given the place for a pollhead instead of the thread that asks."""
        writes = False
        methods = [table.methods["d_poll"] for table in self.tables if "d_poll" in table.methods]
        for function in dict.fromkeys(methods):
            found = self.context.function(function)
            assert found is not None
            file, item = found
            tokens = file.tokens
            name = item.params[2].name
            records = {call.args[0][0]: call for call in self.calls("selrecord")
                       if call.function is item and len(call.args) == 2 and call.texts(0) == [name]
                       and self.facts.whole_statement(call) is not None}
            for number in range(*item.body):
                writes = writes or tokens[number].text in ("POLLOUT", "POLLWRNORM")
                if tokens[number].text == name and tokens[number - 1].text not in ("->", ".") \
                        and tokens[number + 1].text != "->" and number not in records:
                    raise _Cannot(file, tokens[number], f"what is done with {name} is not understood")
            for call in records.values():
                self.replace(file, call.at, call.end, [f"*{name} = ", call.kept(1)])
            for place in self.files:
                for one in self.context.outline(place).declarations:
                    if one.name == function and one.kind in ("function", "prototype"):
                        self._poll_parameter(place, one)
        if writes:
            for call in self.calls("selwakeup", "selwakeuppri"):
                self.replace(call.file, call.at, call.end, [
                    "pollwakeup(", call.kept(0), ", POLLIN | POLLRDNORM | POLLOUT)"])

    def _poll_parameter(self, file: SourceFile, item: Declaration) -> None:
        tokens = file.tokens
        first = item.params[2].first
        if _texts(tokens, (first, first + 3)) != ["struct", "thread", "*"]:
            raise _Cannot(file, tokens[first], "this is not the thread that a poll method is given")
        self.replace(file, first, first + 3, ["struct pollhead **"])

    # -- the end ---------------------------------------------------------------------------------------------

    def _remove(self, file: SourceFile, first: int, last: int) -> None:
        tokens = file.tokens
        entry = (file, tokens[first].start, tokens[last - 1].end)
        if entry not in self.removed:
            self.removed.append(entry)

    def _all_done(self) -> None:
        """Every word that belongs to devices is part of an edit."""
        spans: dict[Path, list[tuple[int, int]]] = {}
        for file, start, end, *_ in [*self.plan, *self.removed, *([self.enum] if self.enum else ())]:
            spans.setdefault(file.path, []).append((start, end))
        names = {table.name for table in self.tables}
        for file in self.files:
            places = spans.get(file.path, [])
            for token in file.lexed.raw_identifiers:
                if token.text not in names and (token.text not in _WORDS or not self.external(token.text)):
                    continue
                if self.alive(file, token) and not any(start <= token.start < end for start, end in places):
                    raise _Cannot(file, token, f"this use of {token.text} is not understood")

    def commit(self) -> None:
        if not self.tables:
            return
        assert self.driver is not None
        context = self.context
        for file, start, end, parts in self.plan:
            text = " ".join(part for part in parts if isinstance(part, str))
            more = [header for word, header in _HEADERS_BY_WORD.items() if word in text]
            context.edit(file, start, end, parts, RULE, headers=(*_HEADERS, *more))
        if self.enum is not None:
            file, start, end, text = self.enum
            context.edit(file, start, end, [text], RULE, "template", verbatim_indent=True)
        for file, start, end in self.removed:
            start, end = whole_lines(file.text, start, end)
            context.edit(file, start, end, [], RULE, "template")
        statements = Statements(context, RULE)
        for file, span, text in self.before:
            statements.before(file, span, text)
        statements.finish()
        devices = Devices(self.tables, self.count, any(self._negates(file) for file in self.sources))
        for table in self.tables:
            if table.file.path == self.driver.file:
                continue
            for method, function in table.methods.items():
                make_global(context, function)
                prototype = f"extern int {function}({SIGNATURES[method]});"
                if prototype not in devices.prototypes:
                    devices.prototypes.append(prototype)
        context.cdevs[self.driver.file] = devices

    def _negates(self, file: SourceFile) -> bool:
        """`return (-EBUSY);`, as Linux does it."""
        tokens = file.tokens
        return any(token.text == "-" and re.fullmatch(r"E[A-Z0-9]{2,}", tokens[number + 1].text)
                   for number, token in enumerate(tokens[:-1]) if not token.skipped)


def _with_comment(file: SourceFile, start: int) -> int:
    """Start of the comment that stands right above, on lines of its own."""
    line = file.text.rfind("\n", 0, start) + 1
    text = file.text
    for first, last in file.lexed.comments:
        own_line = text.rfind("\n", 0, first) + 1
        if last <= line and text[last:line].strip(" \t") == "\n" and not text[own_line:first].strip():
            return first
    return start


__all__ = ["SIGNATURES", "Devices", "Node", "Table", "run"]
