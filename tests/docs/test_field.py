"""What other tools' users complain about: every complaint has a test, and the tests of two that stand here."""

import re
from pathlib import Path

import yaml

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.hashing import digest
from pointsman.steps.ledger.releases import MANIFEST

ROOT = Path(__file__).parent.parent.parent
TYPICAL_BYTES = 6_000
"""Of a document; what Flask's documentation has."""


def test_every_test_that_the_table_names_exists() -> None:
    named = re.findall(
        r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "explanation" / "field.md").read_text(encoding="utf-8")
    )
    assert len(named) >= 17
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file} has no {test}"


def test_a_manifest_stays_below_two_percent_of_the_corpus(tmp_path: Path) -> None:
    names = [f"handbook/section-{n // 50:02}/page-{n:04}.md" for n in range(2000)]
    manifest = Manifest(
        {name: ManifestEntry(digest(f"{name}!"), digest(name), digest("{}"), TYPICAL_BYTES) for name in names}
    )
    FileLedger(tmp_path).put(MANIFEST, manifest.id, manifest.as_json())
    stored = sum(path.stat().st_size for path in (tmp_path / MANIFEST).iterdir())
    assert stored <= 0.02 * TYPICAL_BYTES * len(names)


def test_dvc_tracks_no_document() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    store = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["store"]["url"]
    tracked = [str(place) for stage in stages.values() for place in (*stage.get("deps", ()), *stage.get("outs", ()))]
    assert not [place for place in tracked if place.startswith((store, "${store"))]
    assert stages["snapshot"]["always_changed"], "the store is listed, not watched by dvc"
