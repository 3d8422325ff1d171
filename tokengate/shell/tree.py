"""The structure of a shell command, by tree-sitter's grammar: the second of two readings.

That grammar is made for editors: it goes on after mistakes, knows bash's own constructs, and drops a character now and
then. So a tree with any error in it, or any kind of node that isn't listed here, is none; and its leaves are only
believed where `tokengate.shell.lexer` sees the same tokens.
"""

from __future__ import annotations

import tree_sitter_bash
from attrs import define, field
from tree_sitter import Language, Node, Parser

from tokengate.shell.facts import SyntaxProblem

_PARSER = Parser(Language(tree_sitter_bash.language()))

CONSTRUCTS = {
    "program": "", "command": "", "command_name": "", "declaration_command": "", "unset_command": "",
    "test_command": "", "unary_expression": "", "binary_expression": "", "variable_assignments": "", "do_group": "",
    "negated_command": "", "redirected_statement": "", "file_redirect": "", "elif_clause": "", "else_clause": "",
    "case_item": "",
    "list": "and-or", "pipeline": "pipeline", "subshell": "subshell", "compound_statement": "group",
    "if_statement": "condition", "while_statement": "loop", "for_statement": "loop", "case_statement": "case",
    "function_definition": "function", "heredoc_redirect": "here-document",
}  # fmt: skip
"""Nodes with a structure, and the construct that each is; all others are refused."""

_ATOMS = frozenset({
    "word", "number", "string", "raw_string", "concatenation", "simple_expansion", "expansion", "command_substitution",
    "arithmetic_expansion", "variable_assignment", "variable_name", "special_variable_name", "extglob_pattern",
    "test_operator", "file_descriptor", "heredoc_start", "heredoc_body", "heredoc_end", "regex",
})  # fmt: skip
"""Nodes that are one token, whatever is inside."""

_SIMPLE = frozenset({"command", "declaration_command", "unset_command", "test_command", "variable_assignments"})
_PARTS = frozenset({"command_name", "file_redirect", "heredoc_redirect", "unary_expression", "binary_expression"})
_NAMED_BY_WORD = frozenset({"declaration_command", "unset_command", "test_command"})
"""Simple commands; what of a structure they may hold; and those whose program is a leaf of the grammar's own."""

_NO_KEYWORDS = _NAMED_BY_WORD | {"unary_expression", "binary_expression"}
"""Where the grammar's own leaves are words."""

KEYWORDS = frozenset({
    "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "for", "in", "case", "esac", "{", "}", "!"
})  # fmt: skip
RESERVED = KEYWORDS | {
    "[[", "]]", "function", "select", "time", "coproc", "repeat", "foreach", "end", "nocorrect", "namespace", "always"
}  # fmt: skip
"""Words that are no program where one could be: POSIX's own, and with those of single shells."""

_HEADERS = {
    "for_statement": ("variable", "value"),
    "case_statement": ("value",),
    "case_item": ("value",),
    "function_definition": ("name",),
}
"""Children that are words, but no command's."""


@define
class Outline:
    """What the tree says. All places are bytes.

    `leaves`: (start, end) of every token. `keywords`: where reserved words begin. `headers`: where words begin that
    belong to for, case and functions. `simple`: where simple commands begin, in order. `programs`: where programs do.
    """

    leaves: list[tuple[int, int]] = field(factory=list)
    keywords: set[int] = field(factory=set)
    headers: set[int] = field(factory=set)
    simple: list[int] = field(factory=list)
    programs: set[int] = field(factory=set)
    constructs: set[str] = field(factory=set)
    loop_variables: list[str] = field(factory=list)


def outline(raw: bytes) -> Outline:
    """The outline of a text. Raises `SyntaxProblem`."""
    root = _PARSER.parse(raw).root_node
    if root.has_error:
        raise SyntaxProblem("it is no shell command that can be parsed", _first_error(root))
    found = Outline()
    stack: list[tuple[Node, str]] = [(root, "")]
    while stack:
        node, parent = stack.pop()
        if node.type in CONSTRUCTS and (node.child_count or node is root):
            if parent in _SIMPLE and node.type not in _PARTS:
                raise SyntaxProblem("a command can't be part of another's words", node.start_byte)
            _inner(found, node)
            stack.extend((child, node.type) for child in reversed(node.children))
        elif node.type != "comment":
            _leaf(found, node, parent)
    return found


def _inner(found: Outline, node: Node) -> None:
    """A node with a structure."""
    kind = node.type
    found.constructs.add(CONSTRUCTS[kind])
    if kind in _SIMPLE:
        found.simple.append(node.start_byte)
    if kind in _NAMED_BY_WORD or kind == "command_name":
        found.programs.add(node.start_byte)
    for header in _HEADERS.get(kind, ()):
        found.headers.update(child.start_byte for child in node.children_by_field_name(header))
    if kind == "for_statement":
        found.loop_variables.append(_text(node.child_by_field_name("variable")))


def _leaf(found: Outline, node: Node, parent: str) -> None:
    """A token, or nothing but white space."""
    text = node.text or b""
    if node.is_named and node.type not in _ATOMS:
        raise SyntaxProblem(f"not all shells have this ({node.type.replace('_', ' ')})", node.start_byte)
    if text == b";;" and parent != "case_item":
        raise SyntaxProblem("there is no case that this ends", node.start_byte)
    if not text.strip():
        if node.type != "heredoc_body":
            return
    elif not node.is_named and parent not in _NO_KEYWORDS and (text.isalpha() or text in (b"{", b"}", b"!")):
        if text.decode() not in KEYWORDS:
            raise SyntaxProblem(f"not all shells have this ({text.decode()})", node.start_byte)
        found.keywords.add(node.start_byte)
    if node.type == "variable_assignment" and parent not in (*_SIMPLE, "variable_assignment"):
        found.simple.append(node.start_byte)
    found.leaves.append((node.start_byte, node.end_byte))


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node else ""


def _first_error(root: Node) -> int:
    """Where the first mistake is."""
    node = root
    while not (node.is_error or node.is_missing):
        inside = next((child for child in node.children if child.has_error), None)
        if inside is None:
            break
        node = inside
    return node.start_byte
