"""The generated reference is up to date and whole; the site builds strictly."""

import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from docs import generate
from pointsman.core.policy.holds import HOLDS
from pointsman.settings.params import parse_params
from tests.docs.pages import DOCS, ROOT, keys


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert page == generate.PAGES[name](), f"{name} is behind the code; run `python docs/generate.py`"


def test_every_params_key_is_explained_exactly_once() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    page = (DOCS / "reference" / "params.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)
    assert sorted(explained) == sorted(set(explained))
    assert set(keys(params)) - set(explained) == set()
    accepted = set(keys(asdict(parse_params(params)))) | {"retriever.rerank.model", "retriever.rerank.candidates"}
    assert set(explained) == accepted


def test_every_params_key_has_a_meaning() -> None:
    page = (DOCS / "reference" / "params.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*) \| (.*) \| (.*) \|$", page, re.MULTILINE)
    assert len(rows) >= 80
    assert [key for key, *cells in rows if not all(cell.strip() for cell in cells)] == []


def test_every_command_has_a_section_with_all_its_options() -> None:
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## pointsman (\S+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(generate.commands())
    for name, command in generate.commands().items():
        shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        options = [opt for parameter in shown for opt in parameter.opts if opt.startswith("--")]
        assert [opt for opt in options if opt != "--help" and f"`{opt}" not in sections[name]] == [], name


def test_every_error_has_a_section_with_a_way_out() -> None:
    page = (DOCS / "reference" / "messages.md").read_text(encoding="utf-8")
    classes = generate.error_classes()
    assert len({kind.code for kind in classes}) == len(classes) >= 15
    for kind in classes:
        section = re.search(
            rf"^### {kind.code}: .*\{{#{kind.code.lower()}\}}\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL
        )
        assert section, kind.__name__
        assert f"`{kind.__name__}`, exit code {kind.exit_code}" in section[1]
        assert len(section[1].split("**What to do.**")[1].split()) >= 5, kind.__name__


def test_every_hold_has_a_section_with_a_cause_and_a_way_out() -> None:
    page = (DOCS / "reference" / "messages.md").read_text(encoding="utf-8")
    texts = yaml.safe_load(generate.TEXTS.read_text(encoding="utf-8"))
    assert len(HOLDS) >= 10
    assert set(texts) == set(HOLDS), "docs/messages.yaml explains each hold, and no other"
    for signal, hold in HOLDS.items():
        section = re.search(
            rf"^### {hold.code}: .*\{{#{hold.code.lower()}\}}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL
        )
        assert section, signal
        assert f"(`{signal}`)" in section[1]
        assert texts[signal]["cause"] in section[1]
        assert hold.what_to_do[1:] in section[1]


def test_the_codes_outside_the_error_tree_have_sections() -> None:
    source = (ROOT / "src" / "pointsman" / "cli" / "errors.py").read_text(encoding="utf-8")
    page = (DOCS / "reference" / "messages.md").read_text(encoding="utf-8")
    codes = set(re.findall(r"PM-S\d+", source))
    assert len(codes) >= 3
    assert [code for code in codes if f"{{#{code.lower()}}}" not in page] == []


def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
        },
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]
    for page in ("index.html", "tutorial.html", "reference/api.html", "adr/index.html"):
        text = (tmp_path / page).read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|link|img)\b[^>]*?(?:src|href)=\"?(https?://[^\"\s>]+)", text)
        assert fetched == [], page
    assert "approve" in (tmp_path / "reference" / "api.html").read_text(encoding="utf-8")
