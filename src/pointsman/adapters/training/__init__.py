"""LoRA training of the generator and of the retriever."""
