"""The digest of the code of a stage, on small made-up packages: what changes it, and what must not."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from pointsman.stages import code
from tests.stages.made_up_code import ENTRY, MAIN, Files, digest


def one_made_two(entry: str, name: str, *, text: str, case: str) -> Any:
    """Return a case of an entry point and one file beside it, in which the first 1 becomes 2."""
    return pytest.param({ENTRY: entry, name: text}, name, "1", "2", id=case)


@pytest.mark.parametrize(
    ("files", "name", "old", "new"),
    [
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "import os\nos.environ['A'] = '1'\ndef main(): pass\n"},
            "pointsman/m.py", "'1'", "'2'", id="item-assigned-at-import",
        ),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "import torch\ntorch.backends.x = 1\ndef main(): pass\n"},
            "pointsman/m.py", "= 1", "= 2", id="attribute-assigned-at-import",
        ),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "A = []\nA += [1]\ndef main(): pass\n"},
            "pointsman/m.py", "[1]", "[2]", id="augmented-at-import",
        ),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "import pointsman.o\ndef main(): pass\n", "pointsman/o.py": "print(1)\n"},
            "pointsman/o.py", "1", "2", id="imported-for-its-effect",
        ),
        one_made_two("import pointsman.o\n", "pointsman/o.py",
                     text="print(1)\n", case="imported-for-its-effect-by-the-entry-point"),
        pytest.param(
            {ENTRY: "from pointsman.o import unused\n", "pointsman/o.py": "print(1)\nunused = 1\n"},
            "pointsman/o.py", "(1)", "(2)", id="unused-name-of-a-module-with-an-effect",
        ),
        one_made_two("from pointsman import o\n", "pointsman/o.py", text="print(1)\n", case="module-from-its-package"),
        pytest.param(
            {ENTRY: "import pointsman.p.o\n", "pointsman/p/__init__.py": "print(1)\n", "pointsman/p/o.py": ""},
            "pointsman/p/__init__.py", "1", "2", id="package-of-a-module",
        ),
        pytest.param(
            {ENTRY: "import pointsman.o\n", "pointsman/__init__.py": "print(1)\n", "pointsman/o.py": ""},
            "pointsman/__init__.py", "1", "2", id="package-of-a-package",
        ),
        pytest.param(
            {
                ENTRY: "def f():\n from pointsman.o import g\n g()\ndef h():\n from pointsman.q import g\n g()\n",
                "pointsman/o.py": "def g(): return 1\n", "pointsman/q.py": "",
            },
            "pointsman/o.py", "1", "2", id="one-local-name-in-two-functions",
        ),
        pytest.param(
            {
                ENTRY: "try:\n from pointsman.o import g\nexcept ImportError:\n from pointsman.q import g\ng()\n",
                "pointsman/o.py": "def g(): return 1\n", "pointsman/q.py": "",
            },
            "pointsman/o.py", "1", "2", id="one-local-name-in-two-branches",
        ),
        one_made_two(MAIN, "pointsman/m.py",
                     text="def reg(f): return f\n@reg\ndef a(): return 1\ndef main(): pass\n",
                     case="decorated-function"),
        one_made_two(MAIN, "pointsman/m.py",
                     text="class Reg: pass\n@Reg()\nclass A:\n x = 1\ndef main(): pass\n",
                     case="class-decorated-by-an-object"),
        one_made_two(MAIN, "pointsman/m.py",
                     text="from x import app\n@app.get\ndef a(): return 1\ndef main(): pass\n",
                     case="decorator-with-the-name-of-a-reader"),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "from pointsman.o import reg\n_ = reg(1)\ndef main(): pass\n",
             "pointsman/o.py": "def reg(x): pass\n"},
            "pointsman/m.py", "1", "2", id="result-of-a-call-that-nobody-reads",
        ),
        one_made_two(MAIN, "pointsman/m.py",
                     text="def reg(x): pass\ndef a(x=reg(1)): pass\ndef main(): pass\n",
                     case="call-in-a-default"),
        one_made_two(MAIN, "pointsman/m.py",
                     text="def reg(x): pass\nclass A:\n x = reg(1)\ndef main(): pass\n",
                     case="result-of-a-call-in-a-class-body"),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "import os\nA, os.environ['A'] = 0, '1'\ndef main(): pass\n"},
            "pointsman/m.py", "'1'", "'2'", id="name-and-item-assigned-at-import",
        ),
        one_made_two(MAIN, "pointsman/m.py",
                     text="class M(type): pass\nclass A(metaclass=M): x = 1\ndef main(): pass\n",
                     case="class-with-a-metaclass"),
        one_made_two(MAIN, "pointsman/m.py",
                     text="class A:\n print(1)\ndef main(): pass\n", case="call-in-a-class-body"),
        pytest.param(
            {
                ENTRY: MAIN,
                "pointsman/m.py": "from pointsman.o import B\nclass C(B): pass\nclass A(C): x = 1\ndef main(): 0\n",
                "pointsman/o.py": "class B:\n def __init_subclass__(cls): pass\n",
            },
            "pointsman/m.py", "1", "2", id="class-that-its-base-class-hears-of",
        ),
        one_made_two("import pointsman.o\npointsman.o.g()\n", "pointsman/o.py",
                     text="def g(): return 1\n", case="dotted-name"),
        one_made_two("import pointsman.o as z\nz.g()\n", "pointsman/o.py",
                     text="def g(): return 1\n", case="module-under-another-name"),
        one_made_two("from pointsman import o\nz = o\nz.g()\n", "pointsman/o.py",
                     text="def g(): return 1\n", case="module-as-a-value"),
        one_made_two("import pointsman.o\nz = pointsman\nz.o.g()\n", "pointsman/o.py",
                     text="def g(): return 1\n", case="package-as-a-value"),
        pytest.param(
            {ENTRY: "from pointsman import o\nrun(o)\n", "pointsman/o.py": "from pointsman.q import g\n",
             "pointsman/q.py": "def g(): return 1\n"},
            "pointsman/q.py", "1", "2", id="module-as-an-argument-that-has-its-name-from-another",
        ),
        one_made_two("from pointsman import o\ngetattr(o, 'g')()\n", "pointsman/o.py",
                     text="def g(): return 1\n", case="name-as-a-string"),
        pytest.param(
            {ENTRY: "from pointsman import p\np.g()\n", "pointsman/p/__init__.py": "from pointsman.p.o import g\n",
             "pointsman/p/o.py": "def g(): return 1\n"},
            "pointsman/p/o.py", "1", "2", id="name-that-a-package-passes-on",
        ),
        pytest.param(
            {ENTRY: "from pointsman.p import g\ng()\n", "pointsman/p/__init__.py": "from .o import g\n",
             "pointsman/p/o.py": "from ..q import g\n", "pointsman/q.py": "def g(): return 1\n"},
            "pointsman/q.py", "1", "2", id="relative-import",
        ),
        pytest.param(
            {ENTRY: "from pointsman.p import *\ng()\n", "pointsman/p/__init__.py": "from .o import *\n",
             "pointsman/p/o.py": "def g(): return 1\n"},
            "pointsman/p/o.py", "1", "2", id="all-names",
        ),
        one_made_two("from pointsman import g\ng()\n", "pointsman/__init__.py",
                     text="def __getattr__(name): return 1\n", case="names-that-a-package-makes-when-asked"),
        one_made_two("from pipelines.helper import g\ng()\n", "pipelines/helper.py",
                     text="def g(): return 1\n", case="neighbour-by-its-folder"),
        one_made_two("import helper\nhelper.g()\n", "pipelines/helper.py",
                     text="def g(): return 1\n", case="neighbour"),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "from torch.optim import AdamW as Best\ndef main(): Best()\n"},
            "pointsman/m.py", "AdamW", "SGD", id="another-thing-under-the-same-name",
        ),
        pytest.param(
            {ENTRY: MAIN, "pointsman/m.py": "class A:\n x: int = 1\ndef main(): A()\n"},
            "pointsman/m.py", "int", "float", id="annotation-of-a-field",
        ),
        one_made_two(MAIN, "pointsman/m.py",
                     text="def main():\n x: int = 1\n return x\n", case="value-of-an-annotated-name"),
    ],
)  # fmt: skip
def test_a_line_that_runs_changes_the_digest(tmp_path: Path, files: Files, name: str, old: str, new: str) -> None:
    before = digest(tmp_path, files)
    assert digest(tmp_path, files) == before
    assert old in files[name]
    assert digest(tmp_path, files | {name: files[name].replace(old, new, 1)}) != before


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        pytest.param("async def main(x: int) -> int: pass\n", "x: int) -> int", "x)", id="async-annotations"),
        pytest.param("async def main():\n 'One.'\n return 1\n", "One", "Two", id="async-docstring"),
        pytest.param("def main(*args: int): pass\n", ": int", "", id="args"),
        pytest.param("def main(**kw: int): pass\n", ": int", ": str", id="keywords"),
        pytest.param("def main(a: int, /, b: int, *, c: int) -> None: pass\n", "c: int", "c: str", id="arguments"),
        pytest.param("def main():\n x: int = 1\n return x\n", ": int", "", id="local-annotation"),
        pytest.param("def main():\n x: int\n return 1\n", " x: int\n", "", id="local-declaration"),
        pytest.param("X: int = 1\ndef main(): return X\n", ": int", "", id="annotation-of-a-constant"),
        pytest.param(
            "class A:\n def __init__(self):\n  self.x: int = 1\ndef main(): A()\n", ": int", "", id="in-a-method"
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import torch\ndef main(): pass\n",
            " import torch", " from pointsman.o import g", id="imports-for-type-checkers",
        ),
        pytest.param("def main(): pass\n", "def", "# a comment\ndef", id="comment"),
        pytest.param("def main(): pass\ndef other(): return 1\n", "1", "2", id="function-that-nobody-calls"),
        pytest.param("def main(): pass\nOTHER = 1\n", "1", "2", id="constant-that-nobody-reads"),
        pytest.param(
            "from functools import cache\ndef main(): pass\n@cache\ndef a(): return 1\n", "1", "2", id="known-decorator"
        ),
        pytest.param(
            "import dataclasses\ndef main(): pass\n@dataclasses.dataclass(frozen=True)\nclass A:\n x: int = 1\n",
            "1", "2", id="dataclass",
        ),
        pytest.param(
            "import re\ndef main(): pass\nA = re.compile('1')\n", "1", "2", id="pattern-that-nobody-uses",
        ),
        pytest.param(
            "def main(): pass\nif __name__ == '__main__':\n print(1)\n", "1", "2", id="only-as-a-script"
        ),
    ],
)  # fmt: skip
def test_what_runs_nothing_does_not_change_the_digest(tmp_path: Path, body: str, old: str, new: str) -> None:
    files = {ENTRY: MAIN, "pointsman/m.py": body, "pointsman/o.py": "g = 1\n"}
    before = digest(tmp_path, files)
    assert old in body
    assert digest(tmp_path, files | {"pointsman/m.py": body.replace(old, new, 1)}) == before


def test_a_new_class_of_error_re_runs_no_stage(tmp_path: Path) -> None:
    workspace = Path(__file__).parents[2]
    package = tmp_path / "pointsman"
    shutil.copytree(code.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "template"))
    before = code.stage_digests(workspace, package)
    errors = package / "core" / "errors.py"
    text = errors.read_text(encoding="utf-8")
    added = 'class Added(PointsmanError):\n    """New."""\n\n    exit_code = 3\n    code = "PM-E99"\n'
    errors.write_text(f"{text}\n\n{added}", encoding="utf-8")
    assert code.stage_digests(workspace, package) == before
    errors.write_text(text.replace("exit_code: ClassVar[int] = 1", "exit_code: ClassVar[int] = 9"), encoding="utf-8")
    assert all(code.stage_digests(workspace, package)[stage] != was for stage, was in before.items())
