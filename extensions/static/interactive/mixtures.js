// Mixtures of Gaussians on a line, for the interactive figures: as in `lib.mixtures`, [weights, means, sds].
"use strict";

Object.assign(Book.measures, (() => {
  const REACH = 12; // standard deviations, beyond which nothing is left

  const mixture_log_density = (x, [weights, means, sds]) => {
    const parts = weights.map((weight, k) => Math.log(weight) - Math.log(sds[k] * Math.sqrt(2 * Math.PI)) - ((x - means[k]) / sds[k]) ** 2 / 2);
    const top = Math.max(...parts);
    return top + Math.log(Book.measures.sum(parts.map((part) => Math.exp(part - top))));
  };
  // The mean of f over a mixture, by equal steps along each component: for smooth f they converge faster than any power.
  const mean_over = ([weights, means, sds], f, count) => {
    const step = (2 * REACH) / (count - 1);
    let total = 0;
    for (let i = 0; i < count; i += 1) {
      const z = i * step - REACH, mass = (Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI)) * step;
      weights.forEach((weight, k) => { total += weight * mass * f(means[k] + sds[k] * z); });
    }
    return total;
  };
  const mixture_kl_with = (count, p, q) => mean_over(p, (x) => mixture_log_density(x, p) - mixture_log_density(x, q), count);
  const mixture_kl = (p, q, base = 2) => {
    let before = Infinity;
    for (let count = 513; count < 1 << 17; count = 2 * count - 1) {
      const value = mixture_kl_with(count, p, q);
      if (Math.abs(value - before) <= 1e-12 * Math.max(1, Math.abs(value))) return value / Book.measures.unit(base);
      before = value;
    }
    return NaN;
  };
  const mixture_moments = ([weights, means, sds]) => {
    const mean = Book.measures.sum(weights.map((weight, k) => weight * means[k]));
    return [mean, Math.sqrt(Book.measures.sum(weights.map((weight, k) => weight * (sds[k] ** 2 + (means[k] - mean) ** 2))))];
  };

  // d/dx log p(x).
  const slope = (x, mixture) => {
    const [weights, means, sds] = mixture, whole = mixture_log_density(x, mixture);
    return Book.measures.sum(weights.map((_, k) =>
      Math.exp(mixture_log_density(x, [[weights[k]], [means[k]], [sds[k]]]) - whole) * (means[k] - x) / sds[k] ** 2));
  };
  // The slopes of D(Q || target) in the mean and in the logarithm of the standard deviation of a Gaussian Q.
  const reverse_gradient = ([mean, log_sd], target) => {
    const sd = Math.exp(log_sd), q = [[1], [mean], [sd]];
    const at = (x) => -slope(x, target);
    return [mean_over(q, at, 257), -1 + mean_over(q, (x) => at(x) * (x - mean), 257)];
  };
  // Slide from a Gaussian down D(Q || target) to the local optimum below it: Newton's steps, shortened where the
  // divergence is not convex or would rise.
  const fit_reverse = (target, [mean, sd]) => {
    const cost = ([m, s]) => mixture_kl_with(257, [[1], [m], [Math.exp(s)]], target);
    let place = [mean, Math.log(sd)], gradient = reverse_gradient(place, target), damping = 1e-3;
    for (let i = 0; i < 300 && Math.hypot(...gradient) > 1e-9; i += 1) {
      const h = 1e-4, rows = [[h, 0], [0, h]].map(([a, b]) => {
        const up = reverse_gradient([place[0] + a, place[1] + b], target), down = reverse_gradient([place[0] - a, place[1] - b], target);
        return [(up[0] - down[0]) / (2 * h), (up[1] - down[1]) / (2 * h)];
      });
      const a = rows[0][0], b = (rows[0][1] + rows[1][0]) / 2, d = rows[1][1];
      const least = (a + d) / 2 - Math.hypot((a - d) / 2, b), extra = Math.max(0, -least) + damping;
      const det = (a + extra) * (d + extra) - b * b;
      const step = [((d + extra) * gradient[0] - b * gradient[1]) / det, ((a + extra) * gradient[1] - b * gradient[0]) / det];
      const length = Math.min(1, 0.5 / Math.hypot(...step));
      const next = [place[0] - length * step[0], place[1] - length * step[1]];
      if (cost(next) <= cost(place) + 1e-13) {
        place = next;
        gradient = reverse_gradient(place, target);
        damping = Math.max(1e-12, damping / 10);
      } else damping *= 10;
    }
    return [place[0], Math.exp(place[1])];
  };

  return { mixture_log_density, mixture_kl_with, mixture_kl, mixture_moments, fit_reverse };
})());
