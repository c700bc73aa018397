"""`python -m portkit`."""

from portkit.cli import main

main(prog_name="portkit")
