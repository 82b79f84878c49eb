"""TRL's ``SFTTrainer`` on a job that ``bench.speed.training`` writes: the same rows, the same LoRA, the same steps."""

import json
import os
import resource

os.environ.update({"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_OFFLINE": "1"})

from datasets import Dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer

from bench.peers.common import job_argument
from bench.peers.stopwatch import Stopwatch


def main() -> None:
    """Train, keep the adapter, and print the seconds, steps and peak memory."""
    job = job_argument(__doc__)
    rows = [
        {"prompt": r["prompt"], "completion": [{"role": "assistant", "content": r["completion"]}]} for r in job["rows"]
    ]
    lora, watch = job["lora"], Stopwatch()
    steps = -(-len(rows) // lora["batch_size"]) * lora["epochs"]
    more = {} if job["defaults"] else {"gradient_checkpointing": False}
    trainer = SFTTrainer(
        model=job["base"],
        train_dataset=Dataset.from_list(rows),
        peft_config=LoraConfig(
            r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=0.0, target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
        callbacks=[watch],
        args=SFTConfig(
            output_dir=job["out"], per_device_train_batch_size=lora["batch_size"], num_train_epochs=lora["epochs"],
            learning_rate=lora["learning_rate"], lr_scheduler_type="cosine", warmup_steps=max(1, round(0.1 * steps)),
            weight_decay=0.0, max_grad_norm=1.0, max_length=lora["max_length"], bf16=True, use_cpu=job["cpu"],
            seed=job["seed"], save_strategy="no", report_to="none", disable_tqdm=True, **more,
        ),
    )  # fmt: skip
    trainer.train()
    trainer.save_model(job["out"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        json.dumps(
            {"seconds": watch.ended - watch.begun, "steps": trainer.state.global_step, "peak_memory_bytes": peak}
        )
    )


if __name__ == "__main__":
    main()
