// Beta beliefs for the interactive figures: as in `lib.continuous` and `lib.bayesian`.
"use strict";

Object.assign(Book.measures, (() => {
  // Both by their expansions at infinity, reached by the recurrence from below.
  const log_gamma = (a) => {
    let product = 1;
    for (; a < 10; a += 1) product *= a;
    const t = 1 / (a * a);
    const rest = (1 / 12 - t * (1 / 360 - t * (1 / 1260 - t * (1 / 1680 - t * (1 / 1188 - (t * 691) / 360360))))) / a;
    return (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + rest - Math.log(product);
  };
  const digamma = (a) => {
    let less = 0;
    for (; a < 10; a += 1) less += 1 / a;
    const t = 1 / (a * a);
    return Math.log(a) - 0.5 / a - t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132 - (t * 691) / 32760))))) - less;
  };
  const log_beta = (a, b) => log_gamma(a) + log_gamma(b) - log_gamma(a + b);
  const beta_log_density = (x, a, b) => (a === 1 ? 0 : (a - 1) * Math.log(x)) + (b === 1 ? 0 : (b - 1) * Math.log1p(-x)) - log_beta(a, b);
  const beta_kl = (a_p, b_p, a_q, b_q, base = 2) => {
    const [a, b] = [a_p - a_q, b_p - b_q];
    if (a === 0 && b === 0) return 0;
    const value = log_beta(a_q, b_q) - log_beta(a_p, b_p) + a * digamma(a_p) + b * digamma(b_p) - (a + b) * digamma(a_p + b_p);
    return Math.max(0, value) / Book.measures.unit(base);
  };
  const beta_update = (a, b, successes, failures) => [a + successes, b + failures];

  return { log_gamma, digamma, beta_log_density, beta_kl, beta_update };
})());
