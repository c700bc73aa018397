"""portkit translates FreeBSD driver source into illumos drivers."""

__version__ = "0.1.0"
