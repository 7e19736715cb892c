"""No module needs, while it runs, one that needs it: a program whose modules go round in circles has no layers.

An import inside a function counts as one at the top: it runs too. One for type checkers alone does not run. One by a
name that is made at run time counts as one of every module that it may be of; a name that tells nothing is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ceremony


def modules_of(root: Path) -> dict[str, Path]:
    """Every module of a package by its dotted name; a package by its own."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def for_type_checkers(node: ast.AST) -> bool:
    """Whether it is `if TYPE_CHECKING:`, whose body never runs."""
    test = node.test if isinstance(node, ast.If) else None
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that runs, also within functions and classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and for_type_checkers(child):
            yield from statements(ast.Module(child.orelse, []))
        else:
            yield from statements(child)


def named(statement: ast.Import | ast.ImportFrom, module: str, is_package: bool) -> Iterator[str]:
    """What a statement imports: dotted names, of which the last part may be something inside a module."""
    if isinstance(statement, ast.Import):
        yield from (item.name for item in statement.names)
        return
    here = module.split(".") if is_package else module.split(".")[:-1]
    base = here[: len(here) - statement.level + 1] if statement.level else []
    start = ".".join([*base, *((statement.module or "").split(".") if statement.module else [])])
    yield from (f"{start}.{item.name}" for item in statement.names)


def made_names(tree: ast.AST, module: str, known: dict[str, Path]) -> Iterator[str]:
    """What `import_module` may import: the module of a plain name, or for f"{__package__}.{x}" each beside this one."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        called = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
        if called not in ("import_module", "__import__"):
            continue
        name = call.args[0]
        if isinstance(name, ast.Constant):
            yield str(name.value)
        elif isinstance(name, ast.JoinedStr) and ast.unparse(name).startswith("f'{__package__}."):
            package = module if known[module].name == "__init__.py" else module.rpartition(".")[0]
            yield from (other for other in known if other.rpartition(".")[0] == package and other != module)
        else:
            raise ValueError(f"{module}: nobody can tell what {ast.unparse(call)} imports")


def needed_by(module: str, known: dict[str, Path]) -> set[str]:
    """The modules that one needs when it runs: what it imports, and the packages that are entered on the way there."""
    path, found = known[module], set[str]()
    tree = ast.parse(path.read_text())
    names = [name for said in statements(tree) for name in named(said, module, path.name == "__init__.py")]
    for name in (*names, *made_names(tree, module, known)):
        target = name if name in known else name.rpartition(".")[0]
        parts = target.split(".")
        for many in range(1, len(parts) + 1):
            entered = ".".join(parts[:many])
            if entered in known and (entered == target or not f"{module}.".startswith(f"{entered}.")):
                found.add(entered)
    return found - {module}


def circles(root: Path) -> list[list[str]]:
    """Groups of modules each of which needs, by way of others, itself (Tarjan's strongly connected components)."""
    known = modules_of(root)
    needs = {module: sorted(needed_by(module, known)) for module in known}
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in needs[module]:
            if other not in order:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in known:
        if module not in order:
            visit(module)
    return found


def test_no_module_needs_itself_by_way_of_others() -> None:
    root = Path(ceremony.__file__).parent
    assert len(modules_of(root)) > 400
    assert circles(root) == []


def package(tmp_path: Path, **files: str) -> Path:
    """A package `small` of these modules."""
    root = tmp_path / "small"
    for name, text in {"__init__": "", **files}.items():
        path = root / f"{name.replace('__of__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (path.parent / "__init__.py").touch()
    return root


A_NEEDS_B = "from small.b import thing\n"


@pytest.mark.parametrize(
    "b",
    [
        "from small.a import other",
        "from small import a",
        "import small.a",
        "from . import a",
        "from .a import other",
        "def late():\n    from small.a import other\n",
        "class B:\n    def late(self):\n        if self:\n            import small.a as it\n",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from small.a import other\n",
        "try:\n    from small.a import other\nexcept ImportError:\n    pass\n",
        "from importlib import import_module\nimport_module('small.a')\n",
        "import importlib\ndef late(name):\n    importlib.import_module(f'{__package__}.{name}')\n",
        "it = __import__('small.a')\n",
    ],
)
def test_a_planted_circle_is_found(tmp_path: Path, b: str) -> None:
    assert circles(package(tmp_path, a=A_NEEDS_B, b=b)) == [["small.a", "small.b"]]


@pytest.mark.parametrize(
    "b",
    [
        "",
        "from small.c import other",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from small.a import other\n",
        "import typing\nif typing.TYPE_CHECKING:\n    from small.a import other\n",
        "import os\nfrom other.a import thing\n",
    ],
)
def test_what_never_comes_back_is_none(tmp_path: Path, b: str) -> None:
    assert circles(package(tmp_path, a=A_NEEDS_B, b=b, c="")) == []


def test_a_name_that_tells_nothing_is_refused(tmp_path: Path) -> None:
    root = package(tmp_path, a=A_NEEDS_B, b="from importlib import import_module\ndef late(x):\n    import_module(x)\n")
    with pytest.raises(ValueError, match=r"small\.b: nobody can tell what import_module\(x\) imports"):
        circles(root)


def test_a_circle_by_way_of_three_or_of_a_package_that_is_entered_is_found(tmp_path: Path) -> None:
    three = package(tmp_path, a=A_NEEDS_B, b="from small.c import x", c="def f():\n    from small.a import y")
    assert circles(three) == [["small.a", "small.b", "small.c"]]
    entered = package(tmp_path / "x", a="from small.p.q import x", p__of__q="", p__of__r="from small.a import y")
    assert circles(entered) == []
    (entered / "p/__init__.py").write_text("from small.p.r import z")
    assert circles(entered) == [["small.a", "small.p", "small.p.r"]]


def test_two_circles_are_two(tmp_path: Path) -> None:
    found = circles(package(tmp_path, a="import small.b", b="import small.a", c="import small.d", d="import small.c"))
    assert found == [["small.a", "small.b"], ["small.c", "small.d"]]
