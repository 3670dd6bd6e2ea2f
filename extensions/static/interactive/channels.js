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
  // Of two inputs: the best probabilities, from which both rows are equally far, and what they carry.
  const capacity_of_two = (channel, base = 2) => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i += 1) {
      const p = (low + high) / 2, [d_0, d_1] = input_divergences([1 - p, p], channel, base);
      if (d_1 > d_0) low = p;
      else high = p;
    }
    const same = channel[0].every((share, y) => share === channel[1][y]), p = same ? 0.5 : (low + high) / 2;
    const divergences = input_divergences([1 - p, p], channel, base);
    return { capacity: (1 - p) * divergences[0] + p * divergences[1], prior: [1 - p, p] };
  };

  return { input_divergences, blahut_arimoto_step, capacity_of_two };
})());
