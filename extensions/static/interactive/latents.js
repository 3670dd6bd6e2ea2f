// A latent variable with few values, for the interactive figures: as in `lib.elbo`, with natural logarithms of p(x, z).
"use strict";

Object.assign(Book.measures, (() => {
  const { sum, unit, log_sum_exp, softmax, entropy, kl_divergence } = Book.measures;
  const mean_under = (q, values) => sum(q.map((share, z) => (share === 0 ? 0 : share * values[z])));

  const log_evidence = (log_joint, base = 2) => log_sum_exp(log_joint) / unit(base);
  const elbo = (q, log_joint, base = 2) => mean_under(q, log_joint) / unit(base) + entropy(q, base);
  const elbo_gap = (q, log_joint, base = 2) => kl_divergence(q, softmax(log_joint), base);
  const reconstruction_and_rate = (q, prior, log_likelihood, base = 2) =>
    [mean_under(q, log_likelihood) / unit(base), kl_divergence(q, prior, base)];

  return { log_evidence, elbo, elbo_gap, reconstruction_and_rate };
})());
