"""validate: Great Expectations accepts or refuses each document; the accepted ones are the manifest."""

from dataclasses import asdict

from pointsman.adapters.validation.cached import validator_of
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import SNAPSHOT, VALIDATED, WORKSPACE, read_json, write_json
from pointsman.stages.shared.messages import plural
from pointsman.steps.observe.documents import Observation, refusals_of
from pointsman.steps.observe.verdict_cache import from_row, judge


def main() -> None:
    """Write build/validated.json: the manifest, its id, and every refusal with its reason."""
    validator = validator_of(WORKSPACE, context.params())
    seen = {document: from_row(row) for document, row in read_json(SNAPSHOT)["documents"].items()}
    judged, _ = judge(validator, seen, seen.keys(), {})
    refused = refusals_of(judged)
    manifest = Observation(judged, len(judged), refused).good
    write_json(
        VALIDATED, {"corpus": manifest.id, "manifest": manifest.as_json(), "refused": [asdict(r) for r in refused]}
    )
    print(f"validate: {plural(len(manifest), 'document')} accepted, {len({r.item for r in refused})} refused")


if __name__ == "__main__":
    run(main)
