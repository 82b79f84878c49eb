"""The loop itself on a tiny random language model: killed anywhere it ends the same; batches add up; it stops early."""

import json
import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.models import causal_lm
from pointsman.adapters.models.causal_lm import Encoded
from pointsman.adapters.models.lora import seeded, with_lora
from pointsman.adapters.training.checkpoints import Checkpoint
from pointsman.adapters.training.loop import Objective, fit
from pointsman.core.errors import TrainingDiverged, TrainingStopped
from pointsman.core.training.schedule import Evaluation, Journal, TrainingPlan, TrainingStep, training_plan

ROWS = [Encoded(tuple((7 * i + j) % 60 + 2 for j in range(6 + i % 5)), 3) for i in range(12)]
"""Twelve rows of 6 to 10 tokens."""


def tiny(seed: int = 1, *, dropout: float = 0.0) -> Any:
    """Return a random Llama of 2 layers with a LoRA, and dropout in its attention when asked for."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, attention_dropout=dropout, attn_implementation="eager",
    )  # fmt: skip
    with seeded(seed):
        return with_lora(LlamaForCausalLM(config), rank=4, alpha=8)


def steps_of(groups: Sequence[Sequence[Sequence[Encoded]]]) -> list[TrainingStep]:
    return [
        TrainingStep(
            tuple(group),
            sum(len(row.ids) for batch in group for row in batch),
            sum(row.completion_tokens for batch in group for row in batch),
        )
        for group in groups
    ]


def planned(*, epochs: int = 2, every: int = 0, patience: int = 0, rows: Sequence[Encoded] = ROWS) -> TrainingPlan:
    epoch = steps_of([[rows[i : i + 3]] for i in range(0, len(rows), 3)])
    return training_plan([epoch] * epochs, learning_rate=1e-2, evaluate_every=every, patience=patience)


def weights(model: Any) -> dict[str, Any]:
    return {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(bool((left[name] == right[name]).all()) for name in left)


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it runs."""


def trained(
    model: Any,
    plan: TrainingPlan,
    file: Path | None = None,
    *,
    kill_at: int | None = None,
    fingerprint: str = "f",
    validate: Callable[[], float] | None = None,
    seen: list[tuple[int, int]] | None = None,
) -> tuple[Journal, Checkpoint]:
    checkpoint = Checkpoint(file, fingerprint, every=0.0)
    done = [0]

    def told(_: str, tokens: int, total: int) -> None:
        if seen is not None:
            seen.append((tokens, total))

    def loss(batch: Sequence[Encoded]) -> Any:
        done[0] += 1
        if done[0] == kill_at:
            raise Killed
        return causal_lm.completion_losses(model, batch)[0].sum()

    with seeded(3):
        journal = fit(model, plan, Objective("x", loss, validate), checkpoint=checkpoint, progress=told)
    return journal, checkpoint


@pytest.mark.parametrize("kill_at", [1, 2, 5, 8])
def test_a_training_killed_at_any_step_ends_bit_identical_to_an_unbroken_one(tmp_path: Path, kill_at: int) -> None:
    whole = tiny(dropout=0.3)
    unbroken, _ = trained(whole, planned())
    with suppress(Killed):
        trained(tiny(dropout=0.3), planned(), tmp_path / "a" / "c.safetensors", kill_at=kill_at)
    again = tiny(dropout=0.3)
    journal, checkpoint = trained(again, planned(), tmp_path / "a" / "c.safetensors")
    assert (journal.resumed_from, journal.step) == (kill_at - 1, 8)
    assert journal.losses == unbroken.losses
    assert same(weights(again), weights(whole))
    assert checkpoint.notes == []
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["c.safetensors"]


def test_without_the_state_of_dropout_the_end_would_differ() -> None:
    first, second = tiny(dropout=0.3), tiny(dropout=0.3)
    trained(first, planned())
    with seeded(4):
        objective = Objective("x", lambda batch: causal_lm.completion_losses(second, batch)[0].sum())
        fit(second, planned(), objective, checkpoint=Checkpoint(None, "f", every=0.0))
    assert not same(weights(first), weights(second))


def test_a_checkpoint_of_another_training_is_ignored_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "c.safetensors"
    with suppress(Killed):
        trained(tiny(), planned(), file, kill_at=4)
    checkpoint = Checkpoint(file, "another", every=60.0)
    assert checkpoint.read() is None
    assert list(tmp_path.iterdir()) == []
    assert checkpoint.notes == []


def test_a_torn_checkpoint_is_said_and_the_training_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "c.safetensors"
    with suppress(Killed):
        trained(tiny(), planned(), file, kill_at=4)
    whole = file.read_bytes()
    (tmp_path / ".c.safetensors.part").write_bytes(b"torn")
    for damage in (whole[:-50], whole[:9], b"", b"{}" * 50):
        file.write_bytes(damage)
        journal, checkpoint = trained(tiny(), planned(), file)
        assert (journal.resumed_from, journal.step) == (0, 8)
        assert "cannot be read" in checkpoint.notes[0]
        assert not (tmp_path / ".c.safetensors.part").exists()


def test_a_full_disk_is_said_once_and_costs_only_the_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "c.safetensors"
    with suppress(Killed):
        trained(tiny(), planned(), file, kill_at=3)
    kept = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        journal, checkpoint = trained(tiny(), planned(), file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (journal.resumed_from, journal.step) == (2, 8)
    assert len(checkpoint.notes) == 1
    assert "no checkpoint could be written" in checkpoint.notes[0]
    assert file.read_bytes() == kept, "the last good one stays"
    assert [found.name for found in tmp_path.iterdir()] == ["c.safetensors"]


def test_a_checkpoint_holds_tensors_and_json_and_nothing_that_is_pickled(tmp_path: Path) -> None:
    from safetensors import safe_open

    trained(tiny(), planned(), tmp_path / "c.safetensors")
    with safe_open(tmp_path / "c.safetensors", framework="pt") as opened:
        kinds = {name.split("/")[0] for name in opened.keys()}  # noqa: SIM118
        standing = json.loads(opened.metadata()["standing"])
    assert kinds == {"weight", "optimizer", "random"}
    assert len(standing["losses"]) == len(standing["tokens"]) == 8


def test_between_two_moments_that_are_due_nothing_is_written_but_at_the_end_of_an_epoch(tmp_path: Path) -> None:
    model, file = tiny(), tmp_path / "c.safetensors"
    checkpoint = Checkpoint(file, "f", every=3600.0)
    found: list[bool] = []
    objective = Objective("x", lambda batch: causal_lm.completion_losses(model, batch)[0].sum())
    fit(model, planned(), objective, checkpoint=checkpoint, progress=lambda *_: found.append(file.exists()))
    assert found[:5] == [False] * 4 + [True]


def test_accumulated_batches_move_the_weights_as_one_big_batch_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causal_lm, "autocast", nullcontext)  # fp32: AdamW's first steps magnify what bf16 rounds
    big, small, uneven = tiny(), tiny(), tiny()
    one, _ = trained(big, training_plan([steps_of([[ROWS[:6]], [ROWS[6:]]])], learning_rate=1e-2))
    parts = steps_of([[ROWS[:1], ROWS[1:6]], [ROWS[6:10], ROWS[10:]]])
    two, _ = trained(small, training_plan([parts], learning_rate=1e-2))
    trained(uneven, training_plan([steps_of([[ROWS[:1]], [ROWS[6:10]]])], learning_rate=1e-2))
    assert one.losses == pytest.approx(two.losses, rel=1e-6)
    assert one.tokens == two.tokens
    assert distance(big, small) < 1e-4
    assert distance(big, uneven) > 1e-2


def distance(left: Any, right: Any) -> float:
    """Return the largest difference of any two weights."""
    pairs = zip(weights(left).values(), weights(right).values(), strict=True)
    return max(float((a - b).abs().max()) for a, b in pairs)


def test_the_validation_loss_ends_a_training_and_the_best_weights_are_kept(tmp_path: Path) -> None:
    said = iter([3.0, 2.0, 2.1, 2.2, 9.0, 9.0, 9.0, 9.0])
    model, at_best = tiny(), tiny()
    journal, _ = trained(model, planned(every=1, patience=2), validate=lambda: next(said))
    assert [evaluation.step for evaluation in journal.validation] == [1, 2, 3, 4]
    assert journal.stopped_early
    assert journal.step == 4
    with suppress(Killed):
        trained(at_best, planned(every=1), kill_at=3)
    assert same(weights(model), weights(at_best))


def test_patience_of_nought_never_stops_and_keeps_the_best_all_the_same() -> None:
    model = tiny()
    journal, _ = trained(model, planned(every=1), validate=iter([2.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]).__next__)
    assert not journal.stopped_early
    assert journal.step == 8


@pytest.mark.parametrize("kill_at", [3, 4, 5])
def test_stopping_early_survives_a_kill(tmp_path: Path, kill_at: int) -> None:
    losses = [3.0, 2.0, 2.1, 2.2, 9.0]

    def says(journal: list[Evaluation]) -> Callable[[], float]:
        return lambda: losses[len(journal)]

    file, model = tmp_path / "c.safetensors", tiny()
    unbroken, _ = trained(tiny(), plan := planned(every=1, patience=3), validate=iter(losses).__next__)
    with suppress(Killed):
        trained(tiny(), plan, file, validate=iter(losses).__next__, kill_at=kill_at)
    journal, _ = trained(model, plan, file, validate=iter(losses[kill_at - 1 :]).__next__)
    assert journal.resumed_from == kill_at - 1
    assert journal.validation == unbroken.validation
    whole = tiny()
    trained(whole, plan, validate=iter(losses).__next__)
    assert same(weights(model), weights(whole))


def test_a_training_that_was_through_has_no_step_left_to_do(tmp_path: Path) -> None:
    first, second = tiny(), tiny()
    trained(first, planned(every=1, patience=2), tmp_path / "c", validate=iter([1.0, 2.0, 3.0]).__next__)
    journal, _ = trained(second, planned(every=1, patience=2), tmp_path / "c", validate=pytest.fail)
    assert (journal.step, journal.resumed_from, journal.stopped_early) == (3, 3, True)
    assert same(weights(first), weights(second))


@pytest.mark.parametrize(("at", "cause"), [(1, "base model's own weights"), (4, "learning rate 0.01")])
def test_a_loss_that_is_no_number_stops_at_once_and_keeps_the_last_checkpoint(
    tmp_path: Path, at: int, cause: str
) -> None:
    model, file, done = tiny(), tmp_path / "c.safetensors", [0]

    def loss(batch: Sequence[Encoded]) -> Any:
        done[0] += 1
        found = causal_lm.completion_losses(model, batch)[0].sum()
        return found * float("nan") if done[0] == at else found

    with pytest.raises(TrainingDiverged, match=rf"step {at} of 8 is nan.*{cause}"), seeded(3):
        fit(model, planned(), Objective("x", loss), checkpoint=Checkpoint(file, "f", every=0.0))
    assert file.exists() == (at > 1)
    assert all(bool(tensor.isfinite().all()) for tensor in weights(model).values())
    journal, _ = trained(tiny(), planned(), file)
    assert journal.resumed_from == at - 1


def test_a_gradient_that_overflows_moves_no_weight() -> None:
    model = tiny()
    before = weights(model)

    def loss(batch: Sequence[Encoded]) -> Any:
        found = causal_lm.completion_losses(model, batch)[0].sum()
        found.register_hook(lambda gradient: gradient * float("inf"))
        return found

    with pytest.raises(TrainingDiverged, match="norm of the gradient at step 1"):
        fit(model, planned(), Objective("x", loss), checkpoint=Checkpoint(None, "f", every=0.0))
    assert same(before, weights(model))


def test_progress_counts_tokens_from_where_the_training_goes_on(tmp_path: Path) -> None:
    total = 2 * sum(len(row.ids) for row in ROWS)
    with suppress(Killed):
        trained(tiny(), planned(), tmp_path / "c", kill_at=5)
    seen: list[tuple[int, int]] = []
    journal, _ = trained(tiny(), planned(), tmp_path / "c", seen=seen)
    assert seen[0] == (total // 2, total)
    assert seen[-1] == (total, total)
    assert journal.tokens_done == total


def test_a_training_that_stops_early_ends_its_progress() -> None:
    seen: list[tuple[int, int]] = []
    trained(tiny(), planned(every=1, patience=1), validate=iter([1.0, 2.0]).__next__, seen=seen)
    assert seen[-1][0] == seen[-1][1] > seen[-2][0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_writes_a_checkpoint_after_the_step_and_the_next_run_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    whole = tiny(dropout=0.3)
    unbroken, _ = trained(whole, planned())
    model, file, before = tiny(dropout=0.3), tmp_path / "c.safetensors", signal.getsignal(number)
    done = [0]

    def loss(batch: Sequence[Encoded]) -> Any:
        done[0] += 1
        if done[0] == 3:
            signal.raise_signal(number)
        return causal_lm.completion_losses(model, batch)[0].sum()

    said = rf"stopped after step 3 of 8 \({number.name}\); the next run goes on"
    with seeded(3), pytest.raises(TrainingStopped, match=said):
        fit(model, planned(), Objective("x", loss), checkpoint=Checkpoint(file, "f", every=3600.0))
    assert signal.getsignal(number) == before
    again = tiny(dropout=0.3)
    journal, _ = trained(again, planned(), file)
    assert (journal.resumed_from, journal.losses) == (3, unbroken.losses)
    assert same(weights(again), weights(whole))
