"""sentence-transformers' trainer on a job that ``bench.speed.training`` writes: the same pairs, LoRA and steps."""

import json
import os
import resource

os.environ.update({"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "HF_DATASETS_OFFLINE": "1"})

from datasets import Dataset
from peft import LoraConfig
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers

from bench.peers.common import job_argument
from bench.peers.stopwatch import Stopwatch


def main() -> None:
    """Train, keep the adapter, and print the seconds, steps and peak memory."""
    job = job_argument(__doc__)
    lora, watch = job["lora"], Stopwatch()
    model = SentenceTransformer(job["base"], device="cpu" if job["cpu"] else None)
    model.add_adapter(
        LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=0.0, target_modules=job["modules"])
    )
    trainer = SentenceTransformerTrainer(
        model=model,
        train_dataset=Dataset.from_list([{"anchor": query, "positive": passage} for query, passage in job["rows"]]),
        loss=MultipleNegativesRankingLoss(model),
        callbacks=[watch],
        args=SentenceTransformerTrainingArguments(
            output_dir=job["out"], per_device_train_batch_size=lora["batch_size"], num_train_epochs=lora["epochs"],
            learning_rate=lora["learning_rate"], lr_scheduler_type="cosine", warmup_steps=job["warmup"],
            weight_decay=0.0, max_grad_norm=1.0, seed=job["seed"], save_strategy="no", report_to="none",
            disable_tqdm=True, use_cpu=job["cpu"], batch_sampler=BatchSamplers.NO_DUPLICATES,
        ),
    )  # fmt: skip
    trainer.train()
    model[0].model.save_pretrained(job["out"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        json.dumps(
            {"seconds": watch.ended - watch.begun, "steps": trainer.state.global_step, "peak_memory_bytes": peak}
        )
    )


if __name__ == "__main__":
    main()
