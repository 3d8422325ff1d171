"""libpg_query, PostgreSQL's own parser, as the postgast package ships it: a thin facade over its C interface.

Parse trees come as JSON and stay plain dicts and lists; the library's object trees cost many times as much. The
library keeps its state per thread and frees what it is told to free, on every path.
"""

from __future__ import annotations

import ctypes
import re
from ctypes import POINTER, Structure, c_char_p, c_int
from pathlib import Path
from typing import Any

import orjson
import postgast
from attrs import frozen


class _Error(Structure):
    _fields_ = [
        ("message", c_char_p), ("funcname", c_char_p), ("filename", c_char_p),
        ("lineno", c_int), ("cursorpos", c_int), ("context", c_char_p),
    ]  # fmt: skip


class _Result(Structure):
    _fields_ = [("text", c_char_p), ("stderr", c_char_p), ("error", POINTER(_Error))]


class _Normalized(Structure):
    _fields_ = [("text", c_char_p), ("error", POINTER(_Error))]


_lib = ctypes.CDLL(str(Path(postgast.__file__).with_name("libpg_query.so")))
_lib.pg_query_parse_opts.restype = _Result
_lib.pg_query_parse_opts.argtypes = [c_char_p, c_int]
_lib.pg_query_free_parse_result.argtypes = [_Result]
_lib.pg_query_normalize.restype = _Normalized
_lib.pg_query_normalize.argtypes = [c_char_p]
_lib.pg_query_parse_plpgsql.restype = _Normalized  # it has the same form
_lib.pg_query_parse_plpgsql.argtypes = [c_char_p]
_lib.pg_query_free_plpgsql_parse_result.argtypes = [_Normalized]
_lib.pg_query_free_normalize_result.argtypes = [_Normalized]


@frozen
class SyntaxProblem(Exception):
    """PostgreSQL's grammar does not take the text. `position`: 1-based, 0 when unknown."""

    message: str
    position: int = 0


_PROMISED = re.compile(
    rb'\A([^:]*:\{[^:]*:1,"datums":\[\{[^{}]*\{[^{}]*"new"\}\},\{[^{}]*\{[^{}]*"old","dno":1\}\},)((?:\{\}\},)+)'
)
"""A trigger's own variables, which the library writes with a bracket too many."""


def parse(text: bytes, mode: int = 0) -> list[dict[str, Any]]:
    """The raw statements of a UTF-8 text: each has "stmt", and "stmt_location" and "stmt_len" in bytes. `mode`: 0 for
    SQL, others for what PL/pgSQL's parser calls so. Raises `SyntaxProblem`.
    """
    result = _lib.pg_query_parse_opts(text, mode)
    try:
        if result.error:
            raise _problem(result.error.contents)
        try:
            statements: list[dict[str, Any]] = orjson.loads(result.text).get("stmts", [])
        except orjson.JSONDecodeError as error:
            raise SyntaxProblem("the statement is nested too deeply") from error
        return statements
    finally:
        _lib.pg_query_free_parse_result(result)


def parse_plpgsql(text: bytes) -> list[dict[str, Any]]:
    """The functions that a text of CREATE FUNCTION … LANGUAGE plpgsql defines, as PL/pgSQL's parser has them. Raises
    `SyntaxProblem`.
    """
    result = _lib.pg_query_parse_plpgsql(text)
    try:
        if result.error:
            raise _problem(result.error.contents)
        text = _PROMISED.sub(lambda found: found[1] + found[2].replace(b"}},", b"},"), result.text)
        functions: list[dict[str, Any]] = orjson.loads(text)
        return functions
    except orjson.JSONDecodeError as error:
        raise SyntaxProblem("the function is of an unknown form") from error
    finally:
        _lib.pg_query_free_plpgsql_parse_result(result)


def _problem(error: _Error) -> SyntaxProblem:
    return SyntaxProblem((error.message or b"syntax error").decode("utf-8", "replace"), error.cursorpos)


def normalize(text: bytes) -> str:
    """The text with `$n` for every literal, "" when that fails."""
    result = _lib.pg_query_normalize(text)
    try:
        return "" if result.error else result.text.decode("utf-8", "replace")
    finally:
        _lib.pg_query_free_normalize_result(result)
