"""LoRA adapters: added to a model, saved in one rename, and checked against their base."""

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pointsman.adapters.models.devices import device
from pointsman.adapters.models.fingerprint import RECORD, fingerprint
from pointsman.core.errors import ModelMismatch, ModelMissing, PointsmanError
from pointsman.core.hashing import canonical


def adapter_fingerprint(adapter: Path, *, base: str) -> str:
    """Return the content id of an adapter folder after checking its files and its base; loads nothing.

    Raises:
        ModelMissing: the folder or its record is missing, or its files are not the ones that were written.
        ModelMismatch: it was trained on another base.
    """
    try:
        record = json.loads((adapter / RECORD).read_text(encoding="utf-8"))
        trained_on, expected = record["base_fingerprint"], record["adapter_fingerprint"]
    except FileNotFoundError:
        raise ModelMissing(f"adapter {adapter} has no {RECORD}, so its base is unknown; train it again") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ModelMissing(
            f"{adapter / RECORD} cannot be read ({error!r}); restore or train the adapter again"
        ) from error
    if trained_on != base:
        raise ModelMismatch(
            f"adapter {adapter.name} was trained on base {trained_on} but the base here is {base}; "
            "train it again on this base, or name the older base in params.yaml"
        )
    found = fingerprint(adapter, cache=None)
    if found != expected:
        raise ModelMissing(
            f"adapter {adapter} is damaged: it was written as {expected} but holds {found}; restore or train it again"
        )
    return found


def with_lora(model: Any, *, rank: int, alpha: int, exclude: str | None = None) -> Any:
    """Return a transformers model with new fp32 adapters on every projection of attention and MLP.

    Args:
        model: a model without adapters; its own weights are frozen.
        rank: of every adapter.
        alpha: the adapter's output is scaled by alpha / rank.
        exclude: regular expression of the module names that get no adapter.
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules="all-linear", exclude_modules=exclude
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for a name that version 6 will drop
        return get_peft_model(model, config)


def with_adapter_weights(model: Any, adapter: Path, *, base: str) -> Any:
    """Return a PEFT model with the weights of a stored adapter, ready to be trained further.

    Args:
        model: as ``with_lora`` returns it.
        adapter: folder of the stored adapter.
        base: fingerprint of the base.

    Raises:
        ModelMissing: the adapter is missing or damaged.
        ModelMismatch: it was trained on another base, or has other modules or another rank.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors.torch import load_file

    adapter_fingerprint(adapter, base=base)
    weights = load_file(adapter / "adapter_model.safetensors")
    own = {name: tuple(tensor.shape) for name, tensor in get_peft_model_state_dict(model).items()}
    its = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if odd := sorted(name for name in own.keys() | its.keys() if own.get(name) != its.get(name)):
        name = odd[0]
        raise ModelMismatch(
            f"adapter {adapter.name} cannot be trained further: {name} has shape {its.get(name)} there and "
            f"{own.get(name)} here, and {len(odd) - 1} more differ; set generator.lora.start to base"
        )
    set_peft_model_state_dict(model, weights)
    return model


def merge_adapter(model: Any, adapter: Path) -> Any:
    """Return a transformers model with an adapter's deltas added to its weights, in the precision of the weights."""
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # as above
        return PeftModel.from_pretrained(model, adapter).merge_and_unload()


def save(
    model: Any,
    out: Path,
    *,
    base: str,
    seed: int,
    settings: Mapping[str, Any],
    history: Mapping[str, Any] | None = None,
) -> str:
    """Write a PEFT model's adapter and its record to ``out`` in one rename; return the adapter's content id.

    ``history`` is added to the record: the adapter that was continued, and the examples that were repeated.

    Raises:
        PointsmanError: the disk is full, or the folder cannot be written.
    """
    from safetensors import SafetensorError

    try:
        record = {"base_fingerprint": base, "seed": seed, "settings": dict(settings), **(history or {})}
        return _saved(model, out, record)
    except (OSError, SafetensorError) as error:
        raise PointsmanError(
            f"the adapter {out} could not be written ({error}); make room for it and run it again: "
            "the training continues from its checkpoint"
        ) from error


def _saved(model: Any, out: Path, record: Mapping[str, Any]) -> str:
    """Write adapter and record beside ``out``, then rename; return the adapter's content id."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part, old = out.with_name(f".{out.name}.part"), out.with_name(f".{out.name}.old")
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    model.save_pretrained(part, safe_serialization=True, save_embedding_layers=False)
    (part / "README.md").unlink(missing_ok=True)
    config = json.loads((part / "adapter_config.json").read_text(encoding="utf-8"))
    portable = {
        "base_model_name_or_path": record["base_fingerprint"],
        "target_modules": sorted(config["target_modules"]),
    }
    (part / "adapter_config.json").write_text(json.dumps(config | portable, indent=2, sort_keys=True), encoding="utf-8")
    found = fingerprint(part, cache=None)
    (part / RECORD).write_text(canonical({**record, "adapter_fingerprint": found}) + "\n", encoding="utf-8")
    if out.exists():
        out.rename(old)
    part.rename(out)
    shutil.rmtree(old, ignore_errors=True)
    return found


def described(settings: Any) -> dict[str, Any]:
    """Return a settings dataclass as a JSON mapping."""
    return asdict(settings)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run with torch's random numbers from ``seed``; the caller's random state is restored afterwards."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def padded(rows: Sequence[Sequence[int]], filler: int) -> Any:
    """Return token ids as one tensor (rows, longest), padded on the right."""
    import torch

    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows], device=device())
