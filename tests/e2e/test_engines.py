"""OpenVINO and torch under the whole product: the same passages, and no torch where OpenVINO serves."""

import json
from collections.abc import Callable

from tests.e2e.conftest import Place

QUESTIONS = ("What should I do when the simulator reports an error code?", "opening hours", "who may sign a release")
TORCH = {"torch", "transformers", "sentence_transformers", "peft"}


def test_torch_and_openvino_return_the_same_passages(place: Place) -> None:
    for question in QUESTIONS:
        torch, openvino = (
            [hit["chunk"] for hit in place_json(place, question, engine)] for engine in ("torch", "openvino")
        )
        assert torch == openvino


def place_json(place: Place, question: str, engine: str) -> list[dict[str, str]]:
    (place.root / ".pointsman" / "cache" / "embeddings.sqlite").unlink(missing_ok=True)
    done = place.run("search", question, "--json", POINTSMAN_ENGINE=engine)
    hits: list[dict[str, str]] = json.loads(done.stdout)["hits"]
    return hits


def test_a_search_loads_no_torch(place: Place, loaded_modules: Callable[..., set[str]]) -> None:
    loaded = loaded_modules("search", "a question that was never asked before")
    assert "openvino" in loaded
    assert not (TORCH | {"pandas", "mlflow", "prefect", "great_expectations"}) & loaded


def test_an_edit_is_indexed_and_released_without_torch(place: Place, loaded_modules: Callable[..., set[str]]) -> None:
    document = min(place.documents.rglob("*.md"))
    document.write_text(document.read_text() + "\n\nThe numbat interlock closes after 43 seconds.\n")
    loaded = loaded_modules("refresh", "--json")
    assert "openvino" in loaded
    assert not TORCH & loaded
    assert "numbat" in place.json("search", "numbat interlock")["hits"][0]["text"]


def test_a_wrong_engine_is_refused_with_a_sentence(place: Place) -> None:
    done = place.run("search", "anything", expect=2, POINTSMAN_ENGINE="jax")
    assert "POINTSMAN_ENGINE" in done.stderr.upper()
    assert "Traceback" not in done.stderr
