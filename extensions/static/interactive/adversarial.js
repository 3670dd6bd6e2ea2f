// The game of a discriminator, for the interactive figures: as in `lib.adversarial`, in nats. A discriminator is
// given by its logits, from which both logarithms are exact.
"use strict";

Object.assign(Book.measures, (() => {
  const { sum, log_sum_exp, js_divergence } = Book.measures;
  const log_sigmoid = (v) => Math.min(v, 0) - Math.log1p(Math.exp(-Math.abs(v)));
  // Logarithms of probabilities, from logarithms that need not be normalised.
  const log_normalize = (logs) => {
    const total = log_sum_exp(logs);
    return logs.map((log) => log - total);
  };
  const discriminator_value = (p, g, logits) => sum(logits.map((v, i) => p[i] * log_sigmoid(v) + g[i] * log_sigmoid(-v)));
  const best_value = (p, g) => 2 * js_divergence(p, g, [0.5, 0.5], Math.E) - 2 * Math.LN2;

  return { log_sigmoid, log_normalize, discriminator_value, best_value };
})());
