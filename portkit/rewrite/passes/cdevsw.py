"""Character devices: which function serves as which method of a cdevsw(9).

The pass `cdev` rewrites the devices; a row may ask for the role of the function it stands in, because a
`struct uio` of illumos does not say which way the data goes.
"""

from __future__ import annotations

from portkit.rewrite.context import Context


def collect(context: Context) -> None:
    """Give every function named in a `struct cdevsw` its role."""
    for file in context.files():
        tokens = file.tokens
        for item in context.outline(file).declarations:
            if item.kind != "variable" or item.initialiser == (0, 0):
                continue
            if not any(token.text == "cdevsw" for token in tokens[item.first:item.initialiser[0]]):
                continue
            for number in range(item.initialiser[0], item.initialiser[1] - 2):
                if tokens[number].text.startswith("d_") and tokens[number - 1].text == "." \
                        and tokens[number + 1].text == "=" and tokens[number + 2].kind == "i":
                    context.roles.setdefault(tokens[number + 2].text, set()).add(tokens[number].text)
