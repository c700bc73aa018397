"""libclang over ctypes, as little of it as the front end needs.

`clang.cindex` wraps every cursor in an object and every call in a check; at one call a token that takes longer
than the parse.  Here the C interface of libclang 18 (clang-c/Index.h) is called directly: tokens of a whole file
are annotated in one call, and a declaration is looked at once, however often it is referred to.
"""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from clang.cindex import Config


class CXString(c.Structure):
    _fields_ = [("data", c.c_void_p), ("flags", c.c_uint)]


class CXCursor(c.Structure):
    _fields_ = [("kind", c.c_int), ("xdata", c.c_int), ("data", c.c_void_p * 3)]


class CXToken(c.Structure):
    _fields_ = [("ints", c.c_uint * 4), ("ptr", c.c_void_p)]


class CXSourceLocation(c.Structure):
    _fields_ = [("ptr", c.c_void_p * 2), ("int_data", c.c_uint)]


class CXSourceRange(c.Structure):
    _fields_ = [("ptr", c.c_void_p * 2), ("begin", c.c_uint), ("end", c.c_uint)]


class CXSourceRangeList(c.Structure):
    _fields_ = [("count", c.c_uint), ("ranges", c.POINTER(CXSourceRange))]


class CXType(c.Structure):
    _fields_ = [("kind", c.c_int), ("data", c.c_void_p * 2)]


InclusionVisitor = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(CXSourceLocation), c.c_uint, c.c_void_p)

# Kinds of cursors (enum CXCursorKind) by what a reference to them is called in this program.
MACRO_DEFINITION = 501
MACRO_EXPANSION = 502
INCLUSION = 503
TRANSLATION_UNIT = 350
DECLARATIONS = {
    2: "tag", 3: "tag", 5: "tag",       # struct, union, enum
    6: "member", 7: "enumerator", 8: "function", 9: "variable", 10: "param", 20: "type",
}
PARSE_DETAILED_RECORD = 0x01
PARSE_KEEP_GOING = 0x200

_PROTOTYPES: dict[str, tuple[list[Any], Any]] = {
    "clang_createIndex": ([c.c_int, c.c_int], c.c_void_p),
    "clang_disposeIndex": ([c.c_void_p], None),
    "clang_parseTranslationUnit2": ([c.c_void_p, c.c_char_p, c.POINTER(c.c_char_p), c.c_int, c.c_void_p,
                                     c.c_uint, c.c_uint, c.POINTER(c.c_void_p)], c.c_int),
    "clang_disposeTranslationUnit": ([c.c_void_p], None),
    "clang_getNumDiagnostics": ([c.c_void_p], c.c_uint),
    "clang_getDiagnostic": ([c.c_void_p, c.c_uint], c.c_void_p),
    "clang_getDiagnosticSeverity": ([c.c_void_p], c.c_int),
    "clang_getDiagnosticSpelling": ([c.c_void_p], CXString),
    "clang_getDiagnosticLocation": ([c.c_void_p], CXSourceLocation),
    "clang_getDiagnosticOption": ([c.c_void_p, c.POINTER(CXString)], CXString),
    "clang_disposeDiagnostic": ([c.c_void_p], None),
    "clang_getFile": ([c.c_void_p, c.c_char_p], c.c_void_p),
    "clang_getFileName": ([c.c_void_p], CXString),
    "clang_getLocationForOffset": ([c.c_void_p, c.c_void_p, c.c_uint], CXSourceLocation),
    "clang_getRange": ([CXSourceLocation, CXSourceLocation], CXSourceRange),
    "clang_getRangeStart": ([CXSourceRange], CXSourceLocation),
    "clang_getRangeEnd": ([CXSourceRange], CXSourceLocation),
    "clang_tokenize": ([c.c_void_p, CXSourceRange, c.POINTER(c.POINTER(CXToken)), c.POINTER(c.c_uint)], None),
    "clang_annotateTokens": ([c.c_void_p, c.POINTER(CXToken), c.c_uint, c.POINTER(CXCursor)], None),
    "clang_disposeTokens": ([c.c_void_p, c.POINTER(CXToken), c.c_uint], None),
    "clang_getTokenLocation": ([c.c_void_p, CXToken], CXSourceLocation),
    "clang_getTokenSpelling": ([c.c_void_p, CXToken], CXString),
    "clang_getCursorReferenced": ([CXCursor], CXCursor),
    "clang_getCursorDefinition": ([CXCursor], CXCursor),
    "clang_getCursorSpelling": ([CXCursor], CXString),
    "clang_getCursorLocation": ([CXCursor], CXSourceLocation),
    "clang_getCursorExtent": ([CXCursor], CXSourceRange),
    "clang_getCursorType": ([CXCursor], CXType),
    "clang_getCursorSemanticParent": ([CXCursor], CXCursor),
    "clang_getCanonicalType": ([CXType], CXType),
    "clang_Type_getSizeOf": ([CXType], c.c_longlong),
    "clang_getPointeeType": ([CXType], CXType),
    "clang_getTypeSpelling": ([CXType], CXString),
    "clang_getSpellingLocation": ([CXSourceLocation, c.POINTER(c.c_void_p), c.POINTER(c.c_uint),
                                   c.POINTER(c.c_uint), c.POINTER(c.c_uint)], None),
    "clang_getExpansionLocation": ([CXSourceLocation, c.POINTER(c.c_void_p), c.POINTER(c.c_uint),
                                    c.POINTER(c.c_uint), c.POINTER(c.c_uint)], None),
    "clang_getInclusions": ([c.c_void_p, InclusionVisitor, c.c_void_p], None),
    "clang_getSkippedRanges": ([c.c_void_p, c.c_void_p], c.POINTER(CXSourceRangeList)),
    "clang_disposeSourceRangeList": ([c.POINTER(CXSourceRangeList)], None),
    "clang_getCString": ([CXString], c.c_char_p),
    "clang_disposeString": ([CXString], None),
}


class LibClang:
    """The loaded library: its functions as attributes, and the few conversions that all of them share."""

    def __init__(self) -> None:
        library = c.CDLL(Config().get_filename())
        for name, (arguments, result) in _PROTOTYPES.items():
            function = getattr(library, name)
            function.argtypes = arguments
            function.restype = result
            setattr(self, name.removeprefix("clang_"), function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(name)

    def string(self, value: CXString) -> str:
        """The text of a CXString, which is given back to the library."""
        raw = self.getCString(value)
        text = raw.decode("latin-1") if raw else ""
        self.disposeString(value)
        return text

    def place(self, location: CXSourceLocation) -> tuple[str | None, int, int]:
        """File name, line and offset of where the text stands (macro arguments: where they are spelled)."""
        file, line, offset = c.c_void_p(), c.c_uint(), c.c_uint()
        self.getSpellingLocation(location, c.byref(file), c.byref(line), None, c.byref(offset))
        name = self.string(self.getFileName(file)) if file.value else None
        return name, line.value, offset.value

    def arguments(self, words: Sequence[str]) -> Any:
        return (c.c_char_p * len(words))(*[word.encode() for word in words])


@lru_cache(maxsize=1)
def libclang() -> LibClang:
    """The one instance; loading it takes some 30 ms."""
    return LibClang()
