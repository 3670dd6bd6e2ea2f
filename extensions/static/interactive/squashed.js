// A Gaussian squashed by tanh, for the interactive figures: as in `lib.soft_actor_critic`, in nats.
"use strict";

Object.assign(Book.measures, (() => {
  const REACH = 12, COUNT = 769; // equal steps in standard deviations: for smooth functions they converge faster than any power
  // log(1 - tanh(u)^2), also where tanh rounds to 1.
  const log_slope = (u) => 2 * (Math.LN2 - Math.abs(u) - Math.log1p(Math.exp(-2 * Math.abs(u))));
  const squashed_log_density = (u, mean, sd) => -(((u - mean) / sd) ** 2) / 2 - Math.log(sd * Math.sqrt(2 * Math.PI)) - log_slope(u);
  const average = (f, mean, sd) => {
    const step = (2 * REACH) / (COUNT - 1);
    let total = 0;
    for (let i = 0; i < COUNT; i += 1) {
      const z = i * step - REACH;
      total += Math.exp(-z * z / 2) * f(mean + sd * z);
    }
    return (total * step) / Math.sqrt(2 * Math.PI);
  };
  const squashed_entropy = (mean, sd) => -average((u) => squashed_log_density(u, mean, sd), mean, sd);
  const mean_action = (mean, sd) => average(Math.tanh, mean, sd);

  return { squashed_log_density, squashed_entropy, mean_action };
})());
