"""Keeps transformers from writing to the terminal while it reads a GGUF file."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial


@contextmanager
def quiet() -> Iterator[None]:
    """Hide warnings of transformers and the bar of its GGUF reader inside the ``with`` block; errors still show."""
    from transformers import modeling_gguf_pytorch_utils
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), modeling_gguf_pytorch_utils.tqdm
    logging.set_verbosity_error()
    modeling_gguf_pytorch_utils.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        modeling_gguf_pytorch_utils.tqdm = bar
        logging.set_verbosity(level)
