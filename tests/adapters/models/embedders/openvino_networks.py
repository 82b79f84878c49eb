"""An embedder over a network that is already exported."""

from pathlib import Path

from pointsman.adapters.models.embedders.openvino_embedder import OpenvinoEmbedder
from tests.ports.models import EMBEDDER, real


def at(place: Path, **more: object) -> OpenvinoEmbedder:
    folder, id_ = real(EMBEDDER)
    return OpenvinoEmbedder(folder, fingerprint=id_, place=place, **more)  # type: ignore[arg-type]
