// The best linear VAE for centred Gaussian data, for the interactive figures; the oracle holds it against `lib.linear_vae`.
"use strict";

Object.assign(Book.measures, (() => {
  // With the noise of the decoder given, the loss with weight beta falls apart into coordinates. Each is told until its
  // error is beta times the noise; one that varies less than that is not told at all. All in nats, on average over the data.
  const linear_vae_optimum = (variances, noise, beta) => {
    const { sum } = Book.measures;
    const errors = variances.map((variance) => Math.min(variance, beta * noise));
    const rate = sum(variances.map((variance, i) => Math.log(variance / errors[i]) / 2));
    const distortion = sum(errors.map((error) => (Math.log(2 * Math.PI * noise) + error / noise) / 2));
    const evidence = sum(variances.map((variance, i) => {
      const modelled = variance - errors[i] + noise;
      return -(Math.log(2 * Math.PI * modelled) + variance / modelled) / 2;
    }));
    return { errors, rate, distortion, loss: rate + distortion, gap: rate + distortion + evidence, active: errors.filter((error, i) => error < variances[i]).length };
  };

  return { linear_vae_optimum };
})());
