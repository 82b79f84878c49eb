"""lineage: what the ledger says of examples and of the live adapter, so that dvc sees when either changes."""

from pointsman.adapters.ledger.open import open_ledger
from pointsman.adapters.validation.json_schema import open_schema
from pointsman.core.training.experience_replay import BASE
from pointsman.settings.environment import Endpoints
from pointsman.stages.artifacts import CHAMPION, LINEAGE, WORKSPACE, write_json
from pointsman.stages.runner import run
from pointsman.steps.ledger.lineage import lineage_of
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.ledger.tombstones import forgotten
from pointsman.steps.supervision.experience_replay import champion_of


def main() -> None:
    """Write build/lineage.json: what each example is true for, which forgettings refuse some, and the schema's id.

    And build/champion.json: the live generator's adapter, where a training may go on from it.
    """
    params, ledger = WORKSPACE.params(), open_ledger(WORKSPACE, Endpoints())
    schema = open_schema(WORKSPACE.root, params.examples.schema)
    lineage = lineage_of(ledger)
    told = {"lineage": lineage.as_json(), "forgotten": forgotten(ledger).rules}
    write_json(LINEAGE, told | ({"schema": schema.id} if schema else {}))
    champion = champion_of(ledger, live_release(ledger)) if params.generator.lora.start != BASE else None
    write_json(CHAMPION, {"champion": champion.as_json() if champion else None})
    print(f"lineage: {len(lineage.accepted)} examples accepted, {len(lineage.confirmed)} confirmed")


if __name__ == "__main__":
    run(main)
