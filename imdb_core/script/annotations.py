"""Python source without type annotations. Called by sources.py.

A script for learners needs no annotations, and the names in them would have to be imported.
"""

import ast
from collections.abc import Iterator
from itertools import accumulate

Cut = tuple[int, int, bytes]  # first byte, last byte + 1, replacement


def without_annotations(source: str) -> str:
    """`source` without the annotations of arguments, results and variables; all else stays as it is."""
    lines = source.encode().splitlines(keepends=True)
    line_starts = [0, *accumulate(map(len, lines))]
    text = b"".join(lines)
    cuts = {cut for node in ast.walk(ast.parse(source)) for cut in _cuts(node, text, line_starts)}
    for start, end, replacement in sorted(cuts, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text.decode()


def _cuts(node: ast.AST, text: bytes, line_starts: list[int]) -> Iterator[Cut]:
    def start(part: ast.expr | ast.arg | ast.stmt) -> int:
        return line_starts[part.lineno - 1] + part.col_offset

    def end(part: ast.expr | ast.arg | ast.stmt) -> int:
        return line_starts[(part.end_lineno or part.lineno) - 1] + (part.end_col_offset or 0)

    if isinstance(node, ast.FunctionDef):
        if node.returns:
            yield text.rindex(b" ->", 0, start(node.returns)), end(node.returns), b""
        for argument, default in _arguments(node.args):
            if argument.annotation:
                name_end = start(argument) + len(argument.arg.encode())
                yield name_end, start(default) if default else end(argument), b"=" if default else b""
    elif isinstance(node, ast.AnnAssign) and node.value:
        yield end(node.target), end(node.annotation), b""
    elif isinstance(node, ast.AnnAssign):
        yield start(node), end(node), b"pass"


def _arguments(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Every argument of a function with its default value, if it has one."""
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    yield from zip(positional, [*[None] * required, *arguments.defaults], strict=True)
    yield from zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for variadic in (arguments.vararg, arguments.kwarg):
        if variadic:
            yield variadic, None
