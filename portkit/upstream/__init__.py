"""The input side: a FreeBSD source tree, its kernel modules, and the headers that their build makes."""

from .build import BuildSetup
from .interface import Block, Interface, Method, parse_interface
from .module import KernelModule
from .tree import Modules, Tree

__all__ = ["Block", "BuildSetup", "Interface", "KernelModule", "Method", "Modules", "Tree", "parse_interface"]
