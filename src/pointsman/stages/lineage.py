"""lineage: what the ledger says of the examples and of the live adapter, so that dvc sees when either changes."""

from typing import Any

from pointsman.adapters.validation.json_schema import open_schema
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.training.experience_replay import BASE
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import CHAMPION, LINEAGE, WORKSPACE, write_json
from pointsman.stages.shared.messages import plural
from pointsman.steps.ledger.lineage import lineage_of
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.ledger.tombstones import forgotten
from pointsman.steps.supervision.experience_replay import champion_of


def main() -> None:
    """Write build/lineage.json and build/champion.json.

    The first says for which documents each example was accepted, which examples are forgotten, which documents fewer
    people may read since, and the id of the answer schema. The second describes the live generator's adapter when a
    training may continue from it.
    """
    params, ledger = context.params(), context.ledger()
    lineage, schema = lineage_of(ledger), open_schema(WORKSPACE.root, params.examples.schema)
    value: dict[str, Any] = {"lineage": lineage.as_json(), "forgotten": forgotten(ledger).rules}
    value |= {"restricted": found} if (found := sorted(context.restricted(Manifest()))) else {}
    write_json(LINEAGE, value | ({"schema": schema.id} if schema else {}))
    champion = champion_of(ledger, live_release(ledger)) if params.generator.lora.start != BASE else None
    write_json(CHAMPION, {"champion": champion.as_json() if champion else None})
    print(f"lineage: {plural(len(lineage.accepted), 'example')} accepted, {len(lineage.confirmed)} confirmed")


if __name__ == "__main__":
    run(main)
