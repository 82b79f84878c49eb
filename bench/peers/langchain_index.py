"""LangChain's ``index()`` with a record manager, Qdrant in local mode: one run over a folder of documents."""

import time
import uuid

STARTED = time.time()

from langchain_classic.indexes import SQLRecordManager  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_core.indexing import index  # noqa: E402
from langchain_qdrant import QdrantVectorStore  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402
from qdrant_client import QdrantClient, models  # noqa: E402

from bench.peers.common import (  # noqa: E402
    CHUNK_CHARACTERS,
    DIMENSION,
    CountingEmbedder,
    arguments,
    die_after,
    documents,
    lose,
    report,
)

NAME = "peers"


def key(document: Document) -> str:
    """Return a point id: the built-in encoders give 64 hex digits, which are no id for Qdrant."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{document.metadata['source']}\n{document.page_content}"))


class Encoder(Embeddings):
    """The counting embedder under LangChain's protocol."""

    def __init__(self, real: CountingEmbedder) -> None:
        """Take the embedder."""
        self.real = real

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        return self.real.vectors(texts)

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question."""
        return self.real.vectors([text])[0]


def main() -> None:
    """Index a folder, or lose points that the record manager believes to be there."""
    work, folder, what = arguments(__doc__)
    work.mkdir(parents=True, exist_ok=True)
    client, counting = QdrantClient(path=str(work / "qdrant")), CountingEmbedder()
    if not client.collection_exists(NAME):
        client.create_collection(NAME, models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE))
    if what == "lose":
        lose(client, NAME, every=10)
        return
    store = QdrantVectorStore(client, NAME, embedding=Encoder(counting))
    records = SQLRecordManager(f"qdrant/{NAME}", db_url=f"sqlite:///{work / 'records.sqlite'}")
    records.create_schema()
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARACTERS, chunk_overlap=0)
    pieces = splitter.split_documents(
        [Document(page_content=text, metadata={"source": name}) for name, text in documents(folder)]
    )
    if what == "kill":
        store.add_documents = die_after(store.add_documents)  # type: ignore[method-assign]
    index(pieces, records, store, cleanup="full", source_id_key="source", batch_size=1000, key_encoder=key)
    report(STARTED, counting, client, NAME)


if __name__ == "__main__":
    main()
