// The measures of the book for the interactive figures: the one place where their numbers are computed.
// Each function has the name, the order of arguments and the meaning of its namesake in `lib`, and
// tests/site/test_interactive.py compares the two. Distributions are arrays of numbers; a covariance is
// the variance of one variable. Measures of one chapter alone stand in files of their own.
"use strict";

window.Book = window.Book || {};
Book.measures = (() => {
  const unit = (base) => (base === Math.E ? 1 : Math.log(base));
  const sum = (terms) => terms.reduce((total, term) => total + term, 0);
  // p log q, where an outcome that never happens costs nothing.
  const times_log = (p, q) => (p === 0 ? 0 : p * Math.log(q));

  const self_information = (p, base = 2) => 0 - Math.log(p) / unit(base);
  const cross_entropy = (p, q, base = 2) => 0 - sum(p.map((share, x) => times_log(share, q[x]))) / unit(base);
  const entropy = (p, base = 2) => cross_entropy(p, p, base);

  // a/b - 1 - log(a/b), by its series where the difference would lose its digits.
  const ratio_excess = (a, b) => {
    const u = (a - b) / b;
    if (!(Math.abs(u) <= 0.05)) {
      const log = Math.log(a / b);
      return u - (Number.isFinite(log) ? log : Math.log(a) - Math.log(b));
    }
    let series = 0;
    for (let k = 14; k >= 2; k -= 1) series = 1 / k - u * series;
    return u * u * series;
  };
  // One outcome's part of the divergence, p log(p/q) - p + q: never negative, and exact where p is near q.
  const kl_term = (p, q) => (p === 0 ? q : p * ratio_excess(q, p));
  const kl_divergence = (p, q, base = 2) => sum(p.map((share, x) => kl_term(share, q[x]))) / unit(base);
  const js_divergence = (p, q, weights = [0.5, 0.5], base = 2) => {
    const middle = p.map((share, x) => weights[0] * share + weights[1] * q[x]);
    const part = (weight, r) => (weight === 0 ? 0 : weight * kl_divergence(r, middle, base));
    return part(weights[0], p) + part(weights[1], q);
  };
  const total_variation = (p, q) => sum(p.map((share, x) => Math.abs(share - q[x]))) / 2;

  const gaussian_entropy = (cov, base = 2) => (1 + Math.log(2 * Math.PI * cov)) / 2 / unit(base);
  const gaussian_kl = (mean_p, cov_p, mean_q, cov_q, base = 2) =>
    (ratio_excess(cov_p, cov_q) + (mean_p - mean_q) ** 2 / cov_q) / 2 / unit(base);
  const gaussian_cross_entropy = (mean_p, cov_p, mean_q, cov_q, base = 2) =>
    (Math.log(2 * Math.PI * cov_q) + (cov_p + (mean_p - mean_q) ** 2) / cov_q) / 2 / unit(base);

  const log_sum_exp = (logits) => {
    const top = Math.max(...logits), first = logits.indexOf(top);
    return top + Math.log1p(sum(logits.map((logit, x) => (x === first ? 0 : Math.exp(logit - top)))));
  };
  const log_softmax = (logits, base = Math.E) => {
    const total = log_sum_exp(logits);
    return logits.map((logit) => (logit - total) / unit(base));
  };
  const softmax = (logits) => {
    const top = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - top));
    const total = sum(weights);
    return weights.map((weight) => weight / total);
  };
  // `target` is a distribution over the classes.
  const cross_entropy_from_logits = (logits, target, base = 2) =>
    0 - sum(log_softmax(logits, base).map((log, x) => (target[x] === 0 ? 0 : target[x] * log)));

  // A joint table is an array of rows: one row for each x, one column for each y.
  const transposed = (joint) => joint[0].map((_, y) => joint.map((row) => row[y]));
  const rows_of = (joint) => joint.map(sum);
  const joint_entropy = (joint, base = 2) => entropy(joint.flat(), base);
  const mutual_information = (joint, base = 2) => {
    const rows = rows_of(joint), columns = rows_of(transposed(joint));
    return kl_divergence(joint.flat(), rows.flatMap((row) => columns.map((column) => row * column)), base);
  };
  const conditional_entropy = (joint, given, base = 2) =>
    sum((given === "x" ? joint : transposed(joint)).map((row) => {
      const known = sum(row);
      return known === 0 ? 0 : known * entropy(row.map((share) => share / known), base);
    }));

  const normal_density = (x, mean, sd) => Math.exp(-(((x - mean) / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI));

  return {
    unit, sum, ratio_excess, kl_term, transposed, rows_of, log_sum_exp, normal_density,
    self_information, entropy, cross_entropy, kl_divergence, js_divergence, total_variation,
    gaussian_entropy, gaussian_cross_entropy, gaussian_kl,
    softmax, log_softmax, cross_entropy_from_logits,
    joint_entropy, mutual_information, conditional_entropy,
  };
})();
