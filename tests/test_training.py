"""The loop that trains networks, and its checkpoints."""

import math

import pytest
import torch

from lib import training

X = torch.linspace(-1, 1, 10).reshape(10, 1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def squared(weight):
    return lambda x: ((x - weight) ** 2).mean()


def run(weight, **changes):
    settings = {"steps": 20, "batch_size": 4, "learning_rate": 0.1, "generator": generator()} | changes
    return training.train(squared(weight), [weight], (X,), **settings)


def test_a_pass_holds_each_observation_once_and_the_next_is_in_another_order():
    batches = training.minibatches(100, 20, generator=generator())
    passes = [torch.cat([next(batches) for _ in range(5)]).tolist() for _ in range(2)]
    assert sorted(passes[0]) == sorted(passes[1]) == list(range(100))
    assert passes[0] != passes[1]


def test_all_batches_are_of_one_size():
    batches = training.minibatches(10, 4, generator=generator())
    seen = [next(batches).tolist() for _ in range(4)]
    assert [len(batch) for batch in seen] == [4] * 4
    assert len({*seen[0], *seen[1]}) == 8


def test_training_is_adam_as_it_is_known():
    """Oracle: Adam's rule in plain numbers, on full batches."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    x = X.double() + 3
    history = training.train(squared(weight), [weight], (x,), steps=7, batch_size=10, learning_rate=0.1, generator=generator())
    w, m, v = 0.0, 0.0, 0.0
    for t in range(1, 8):
        assert history[t - 1] == pytest.approx(((x - w) ** 2).mean().item(), abs=1e-12)
        g = 2 * (w - 3)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert weight.item() == pytest.approx(w, abs=1e-12)


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    histories = [run(torch.zeros(1, requires_grad=True), generator=generator(seed)) for seed in (1, 1, 2)]
    assert histories[0] == histories[1] != histories[2]


def test_the_callback_sees_every_step_and_may_end_the_training():
    seen = []
    history = run(torch.zeros(1, requires_grad=True), callback=lambda step, value: seen.append((step, value)) or step == 5)
    assert seen == list(enumerate(history, start=1))
    assert len(history) == 5


def test_an_interrupted_training_returns_its_history():
    def interrupt(step, value):
        if step == 3:
            raise KeyboardInterrupt

    weight = torch.zeros(1, requires_grad=True)
    assert len(run(weight, callback=interrupt)) == 3
    assert weight.item() != 0


def test_several_tensors_are_cut_into_the_same_rows():
    def loss(x, y):
        assert torch.equal(y, 2 * x)
        return (weight * x).pow(2).mean()

    weight = torch.ones(1, requires_grad=True)
    training.train(loss, [weight], (X, 2 * X), steps=3, batch_size=4, learning_rate=0.1, generator=generator())


# Errors


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_training_and_the_rate_is_named(value):
    weight = torch.zeros(1, requires_grad=True)
    with pytest.raises(training.DivergedError, match=rf"loss is {value} at step 1.*`learning_rate` 0.1"):
        training.train(lambda x: weight.sum() + value, [weight], (X,), steps=9, batch_size=4, learning_rate=0.1, generator=generator())
    assert weight.item() == 0


def test_a_loss_that_grows_beyond_all_bounds_has_diverged():
    weight = torch.zeros(1, requires_grad=True)
    with pytest.raises(training.DivergedError, match=r"at step [2-9], after .* at the first: training with `learning_rate` 1000 diverged"):
        run(weight, learning_rate=1000.0)


def test_a_loss_a_hundred_times_as_large_as_the_first_is_not_called_divergence():
    weight = torch.zeros(1, requires_grad=True)
    assert max(run(weight, learning_rate=5.0)) > 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": 0}, "`steps`"),
        ({"batch_size": 0}, "`batch_size`"),
        ({"batch_size": 11}, "`batch_size`.*10.*11"),
        ({"learning_rate": 0.0}, "`learning_rate`.*0"),
        ({"learning_rate": math.nan}, "`learning_rate`.*nan"),
    ],
)
def test_a_number_out_of_range_is_named(changes, words):
    with pytest.raises(ValueError, match=words):
        run(torch.zeros(1, requires_grad=True), **changes)


def test_nan_in_the_data_is_found_before_training():
    bad = X.clone()
    bad[3, 0] = math.nan
    with pytest.raises(ValueError, match=r"`data\[0\]` must be finite; it is nan at index \(3, 0\)"):
        training.train(squared(0), [], (bad,), steps=1, batch_size=1, learning_rate=0.1, generator=generator())


def test_tensors_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"`data\[0\]` and `data\[1\]` must have as many rows; they have 10 and 9"):
        training.train(squared(0), [], (X, X[1:]), steps=1, batch_size=1, learning_rate=0.1, generator=generator())


# Checkpoints


def parts(seed=0, width=3):
    torch_seed = generator(seed)
    net = torch.nn.Linear(1, width)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.normal_(generator=torch_seed)
    return {"net": net, "adam": torch.optim.Adam(net.parameters(), lr=0.1), "generator": torch_seed}


def step(parts):
    x = torch.randn(5, 1, generator=parts["generator"])
    parts["adam"].zero_grad()
    parts["net"](x).pow(2).sum().backward()
    parts["adam"].step()


def weights(parts):
    return [parameter.tolist() for parameter in parts["net"].parameters()]


def test_training_goes_on_from_a_checkpoint_as_if_it_had_never_stopped(tmp_path):
    whole, broken, again = parts(0), parts(0), parts(7)
    for _ in range(6):
        step(whole)
    for _ in range(3):
        step(broken)
    training.save_checkpoint(tmp_path / "a.pt", settings={"seed": 0}, **broken)
    training.load_checkpoint(tmp_path / "a.pt", settings={"seed": 0}, **again)
    for _ in range(3):
        step(again)
    assert weights(again) == weights(whole)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.parametrize(
    ("settings", "changed", "words"),
    [
        ({"seed": 1}, {}, r"'seed' is 1, and 0 there"),
        ({}, {}, r"'seed' is missing, and 0 there"),
        ({"seed": 0}, {"net": torch.nn.Linear(1, 4)}, r"`net` must be the network of the checkpoint; 'bias' is \(4,\), and \(3,\) there"),
        ({"seed": 0}, {"net": torch.nn.Linear(1, 3, bias=False)}, r"'bias' is missing, and \(3,\) there"),
        ({"seed": 0}, {"other": torch.nn.Linear(1, 1)}, r"`parts` must be those of the checkpoint, \['adam', 'generator', 'net'\]"),
    ],
)
def test_a_checkpoint_that_does_not_match_is_refused_and_nothing_is_changed(tmp_path, settings, changed, words):
    training.save_checkpoint(tmp_path / "a.pt", settings={"seed": 0}, **parts(0))
    ours = parts(7) | changed
    before = weights(ours), ours["generator"].get_state().tolist()
    with pytest.raises(ValueError, match=words):
        training.load_checkpoint(tmp_path / "a.pt", settings=settings, **ours)
    assert (weights(ours), ours["generator"].get_state().tolist()) == before


def test_a_part_without_a_state_is_refused(tmp_path):
    with pytest.raises(TypeError, match="`seed` must have a state to store; it is a int"):
        training.save_checkpoint(tmp_path / "a.pt", settings={}, seed=3)
    assert list(tmp_path.iterdir()) == []
