"""What this machine computes with: its device and the number format in which it is quick."""

import contextlib
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pointsman.core.errors import UsageError

GPU_PLACES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""Where Linux shows a GPU's driver: NVIDIA's, that of WSL, AMD's."""

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Read once, when torch is loaded. By default its threads spin at every barrier: beside one other busy process a LoRA
# step took 10 to 18 s on two cores, where it took 5 to 7 s with threads that sleep.


@cache
def device() -> str:
    """Return ``cuda`` when there is a GPU, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@cache
def has_gpu() -> bool:
    """Tell whether there is a GPU that torch can use; torch is asked only where the machine shows one at all."""
    shown = any(Path(place).exists() for place in GPU_PLACES) or not sys.platform.startswith("linux")
    return shown and device() == "cuda"


@cache
def has_bf16() -> bool:
    """Tell whether the hardware multiplies bf16 matrices: 3 to 7 times faster than fp32 where it does."""
    import torch

    if device() == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def quantization(asked: Literal["none", "4bit", "auto"]) -> bool:
    """Tell whether a frozen base is to be held in 4 bits; ``auto`` does so where it is possible.

    Raises:
        UsageError: 4 bits are asked for and this machine cannot do it; says what is missing.
    """
    if asked == "none":
        return False
    missing = [] if device() == "cuda" else ["a CUDA device"]
    missing += [] if find_spec("bitsandbytes") else ["the package bitsandbytes (pip install bitsandbytes)"]
    if missing and asked == "4bit":
        raise UsageError(
            f"generator.lora.quantize is 4bit, which needs {' and '.join(missing)}; "
            "train where that is, or set it to auto or none"
        )
    return not missing


def weights_dtype() -> Any:
    """Return the torch dtype in which frozen weights are held: bf16 where the hardware has it, else fp32."""
    import torch

    return torch.bfloat16 if has_bf16() else torch.float32


def autocast() -> contextlib.AbstractContextManager[Any]:
    """Return a context in which matrix products run in bf16 where the hardware has it."""
    import torch

    return torch.autocast(device(), dtype=torch.bfloat16, enabled=has_bf16())


def peak_memory() -> int:
    """Return the most bytes held so far: by tensors on the GPU, or by the process on a CPU."""
    import torch

    if device() == "cuda":
        return int(torch.cuda.max_memory_allocated())
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
