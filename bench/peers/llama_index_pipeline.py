"""LlamaIndex's ``IngestionPipeline`` with a document store, Qdrant in local mode: one run over a folder."""

import time

STARTED = time.time()

from typing import Any  # noqa: E402

from llama_index.core.embeddings import BaseEmbedding  # noqa: E402
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline  # noqa: E402
from llama_index.core.node_parser import SentenceSplitter  # noqa: E402
from llama_index.core.schema import Document  # noqa: E402
from llama_index.core.storage.docstore import SimpleDocumentStore  # noqa: E402
from llama_index.vector_stores.qdrant import QdrantVectorStore  # noqa: E402
from pydantic import PrivateAttr  # noqa: E402
from qdrant_client import QdrantClient, models  # noqa: E402

from bench.peers.common import DIMENSION, CountingEmbedder, arguments, die_after, documents, lose, report  # noqa: E402

NAME = "peers"
CHUNK_TOKENS = 200


class Encoder(BaseEmbedding):
    """The counting embedder under LlamaIndex's protocol."""

    _real: CountingEmbedder = PrivateAttr(default_factory=CountingEmbedder)

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._real.vectors(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._real.vectors([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._real.vectors([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def main() -> None:
    """Index a folder, or lose points that the document store believes to be there."""
    work, folder, what = arguments(__doc__)
    work.mkdir(parents=True, exist_ok=True)
    client, encoder = QdrantClient(path=str(work / "qdrant")), Encoder(embed_batch_size=32)
    if not client.collection_exists(NAME):
        client.create_collection(NAME, models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE))
    if what == "lose":
        lose(client, NAME, every=10)
        return
    kept = work / "pipeline"
    vectors: Any = QdrantVectorStore(collection_name=NAME, client=client)
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=0), encoder],
        docstore=SimpleDocumentStore(),
        vector_store=vectors,
        docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
    )
    if kept.is_dir():
        pipeline.load(str(kept))
    given = [Document(text=text, doc_id=name, metadata={"source": name}) for name, text in documents(folder)]
    if what == "kill":
        object.__setattr__(pipeline, "persist", die_after(lambda *_: None))
    pipeline.run(documents=given)
    pipeline.persist(str(kept))
    report(STARTED, encoder._real, client, NAME)  # noqa: SLF001 - the counter of this very script


if __name__ == "__main__":
    main()
