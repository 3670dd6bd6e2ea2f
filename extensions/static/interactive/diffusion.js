// Schedules of noise, for the interactive figures: as in `lib.diffusion_chain`. Entry t belongs to time t, entry 0 to the datum.
"use strict";

Object.assign(Book.measures, (() => {
  const make_schedule = (betas) => {
    let [kept, log] = [1, 0];
    const alpha_bar = [1], beta_tilde = [0];
    let noise = 0;
    for (const beta of betas) {
      const before = noise;
      log += Math.log1p(-beta);
      kept *= 1 - beta;
      noise = -Math.expm1(log); // 1 - alpha_bar, to full precision where it is small
      alpha_bar.push(kept);
      beta_tilde.push((beta * before) / noise);
    }
    return { beta: [0, ...betas], alpha_bar, beta_tilde };
  };
  const along = (steps, f) => Array.from({ length: steps }, (_, i) => f(i));
  const linear_schedule = (steps, first, last) => make_schedule(along(steps, (i) => first + ((last - first) * i) / (steps - 1)));
  const cosine_schedule = (steps, offset = 0.008, most = 0.999) => {
    const f = (t) => Math.cos(((t / steps + offset) / (1 + offset)) * (Math.PI / 2)) ** 2;
    return make_schedule(along(steps, (i) => Math.min(1 - f(i + 1) / f(i), most)));
  };
  const geometric_schedule = (steps, most = 2000, least = 1e-3) => {
    const kept = [1, ...along(steps, (i) => most * (least / most) ** (i / (steps - 1))).map((snr) => snr / (1 + snr))];
    return make_schedule(along(steps, (i) => 1 - kept[i + 1] / kept[i]));
  };
  const noise_weights = ({ beta, alpha_bar, beta_tilde }) =>
    beta.map((b, t) => (t < 2 ? NaN : (b * b) / (2 * beta_tilde[t] * (1 - b) * (1 - alpha_bar[t]))));

  return { linear_schedule, cosine_schedule, geometric_schedule, noise_weights };
})());
