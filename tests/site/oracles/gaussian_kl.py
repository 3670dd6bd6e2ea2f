"""KL divergence of two Gaussians, in both directions."""

from lib.gaussian import gaussian_cross_entropy, gaussian_entropy, gaussian_kl


def settings(rng):
    for _ in range(250):
        (mean_p, mean_q), (sd_p, sd_q) = rng.uniform(-4, 4, 2).tolist(), rng.uniform(0.5, 4, 2).tolist()
        yield {"mean_p": mean_p, "sd_p": sd_p, "mean_q": mean_q, "sd_q": sd_q}
    yield {"mean_p": 1.0, "sd_p": 2.0, "mean_q": 1.0, "sd_q": 2.0}
    yield {"mean_p": 1.0, "sd_p": 2.0, "mean_q": 1.0 + 1e-5, "sd_q": 2.0 - 1e-5}


def expected(state):
    p = [state["mean_p"]], [[state["sd_p"] ** 2]]
    q = [state["mean_q"]], [[state["sd_q"] ** 2]]
    return {
        "forward": gaussian_kl(*p, *q),
        "reverse": gaussian_kl(*q, *p),
        "h_p": gaussian_entropy(p[1]),
        "cross": gaussian_cross_entropy(*p, *q),
    }
