"""The device of this machine, and its fastest number format."""

import contextlib
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pointsman.core.errors import UsageError

GPU_PLACES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""Files by which Linux shows the driver of a GPU: NVIDIA, WSL, AMD."""

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# torch reads this once, when it is imported. By default its threads spin at every barrier: with one other busy process
# on two cores a LoRA step took 10 to 18 s, and 5 to 7 s with threads that sleep.


@cache
def device() -> str:
    """Return ``cuda`` when there is a GPU, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@cache
def has_gpu() -> bool:
    """Return whether torch can use a GPU; torch is imported only where the machine shows one."""
    shown = any(Path(place).exists() for place in GPU_PLACES) or not sys.platform.startswith("linux")
    return shown and device() == "cuda"


@cache
def has_bf16() -> bool:
    """Return whether the hardware multiplies bf16 matrices, which is 3 to 7 times faster than fp32."""
    import torch

    if device() == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def quantization(setting: Literal["none", "4bit", "auto"]) -> bool:
    """Return whether a frozen base is stored in 4 bits; ``auto``: if this machine can.

    Raises:
        UsageError: ``4bit`` is set and this machine cannot do it; names what is missing.
    """
    if setting == "none":
        return False
    missing = [] if device() == "cuda" else ["a CUDA device"]
    missing += [] if find_spec("bitsandbytes") else ["the package bitsandbytes (pip install bitsandbytes)"]
    if missing and setting == "4bit":
        raise UsageError(
            f"generator.lora.quantize is 4bit, which needs {' and '.join(missing)}; "
            "train on a machine that has this, or set it to auto or none"
        )
    return not missing


def weights_dtype() -> Any:
    """Return the torch dtype of frozen weights: bf16 where the hardware supports it, else fp32."""
    import torch

    return torch.bfloat16 if has_bf16() else torch.float32


def autocast() -> contextlib.AbstractContextManager[Any]:
    """Return a context in which matrix products run in bf16 where the hardware supports it."""
    import torch

    return torch.autocast(device(), dtype=torch.bfloat16, enabled=has_bf16())


def peak_memory() -> int:
    """Return the peak of memory so far in bytes: of tensors on the GPU, or of the process on a CPU."""
    import torch

    if device() == "cuda":
        return int(torch.cuda.max_memory_allocated())
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
