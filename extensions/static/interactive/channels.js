// Noisy channels, for the interactive figures: as in `lib.channels`. A channel has a distribution of the
// output in each row, one row for each input.
"use strict";

Object.assign(Book.measures, (() => {
  const { sum, kl_divergence, unit, transposed } = Book.measures;
  const output = (prior, channel) => transposed(channel).map((column) => sum(column.map((share, x) => prior[x] * share)));
  const input_divergences = (prior, channel, base = 2) => {
    const law = output(prior, channel);
    return channel.map((row) => kl_divergence(row, law, base));
  };
  const reweighted = (prior, divergences) => {
    const top = Math.max(...divergences.filter((_, x) => prior[x] > 0));
    const weights = prior.map((share, x) => (share > 0 ? share * Math.exp(divergences[x] - top) : 0)), total = sum(weights);
    return weights.map((weight) => weight / total);
  };
  const blahut_arimoto_step = (prior, channel) => reweighted(prior, input_divergences(prior, channel, Math.E));
  // The two bounds, and the inputs that reach the lower one, from equally likely inputs.
  const capacity = (channel, tolerance = 1e-9, base = 2) => {
    let prior = channel.map(() => 1 / channel.length);
    for (let step = 0; step <= 100000; step += 1) {
      const divergences = input_divergences(prior, channel, Math.E);
      const lower = sum(prior.map((share, x) => share * divergences[x])) / unit(base), upper = Math.max(...divergences) / unit(base);
      if (upper - lower <= tolerance) return { lower, upper, prior };
      prior = reweighted(prior, divergences);
    }
    return { lower: NaN, upper: NaN, prior };
  };

  return { input_divergences, blahut_arimoto_step, capacity };
})());
