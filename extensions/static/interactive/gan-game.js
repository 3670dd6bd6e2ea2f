// A generator that moves, and a discriminator that stays as it was until it is told to catch up.
// Height: 731 wide, 908 narrow
// Needs: adversarial.js
"use strict";

(() => {
  const { log_normalize, log_sigmoid, discriminator_value, best_value, normal_density } = Book.measures;
  const { shown } = Book;
  const CELLS = 401, REACH = 8, WIDTH = 0.6;
  const grid = Array.from({ length: CELLS }, (_, i) => -REACH + (2 * REACH * i) / (CELLS - 1)), cell = (2 * REACH) / (CELLS - 1);
  const bell = (mean, sd) => grid.map((x) => -(((x - mean) / sd) ** 2) / 2);
  const exp = (logs) => logs.map(Math.exp);
  const log_data = (distance) => {
    const [left, right] = [bell(-distance, WIDTH), bell(distance, WIDTH)];
    return log_normalize(left.map((a, i) => Math.max(a, right[i]) + Math.log1p(Math.exp(-Math.abs(a - right[i])))));
  };
  const log_bell = (mean, sd) => log_normalize(bell(mean, sd));
  const parts = ({ distance, mean, sd, seen_mean, seen_sd }) => {
    const data = log_data(distance), seen = log_bell(seen_mean, seen_sd);
    return { p: exp(data), g: exp(log_bell(mean, sd)), logits: data.map((log, i) => log - seen[i]) };
  };
  // Where a generator of this spread pays least to this discriminator.
  const reply = (state) => {
    const { p, logits } = parts(state);
    let [best, least] = [state.mean, Infinity];
    for (let k = -80; k <= 80; k += 1) {
      const value = discriminator_value(p, exp(log_bell(k / 20, state.sd)), logits);
      if (value < least - 1e-9) [best, least] = [k / 20, value];
    }
    return best;
  };

  Book.component("gan-game", {
    title: "Move the generator, then let the discriminator catch up",
    hint: "The discriminator below was the best one when it last looked. If you move the generator it earns less than the best could; by turns, each answers the other. The generator's best answer may be to run to one hill.",
    start: { distance: 2, mean: 0.8, sd: 1.5, seen_mean: 0, seen_sd: 2 },
    parameters: [
      { name: "mean", label: "mean of the generator", field: "its mean", min: -4, max: 4, step: 0.05, digits: 2, page: 0.5 },
      { name: "sd", label: "standard deviation of the generator", field: "its sd", min: 0.5, max: 3, step: 0.05, digits: 2, page: 0.5 },
      { name: "distance", label: "distance of the hills of the data from 0", field: "hills of the data", min: 0, max: 4, step: 0.05, digits: 2, page: 0.5 },
    ],
    results: [
      { name: "value", label: "this discriminator earns", unit: "nats" },
      { name: "best", label: "the best: 2 JS − ln 4", unit: "nats" },
      { name: "short", label: "it falls short by", unit: "nats" },
      { name: "js", label: "JS(P, G)", unit: "nats" },
    ],
    actions: [
      { label: "Discriminator catches up", to: ({ mean, sd }) => ({ seen_mean: mean, seen_sd: sd }) },
      { label: "Generator's best reply", to: (state) => ({ mean: reply(state) }) },
    ],
    values: (state) => {
      const { p, g, logits } = parts(state), value = discriminator_value(p, g, logits), best = best_value(p, g);
      return { value, best, short: best - value, js: best / 2 + Math.LN2 };
    },
    height: 390,
    draw(chart, state) {
      const { p, g, logits } = parts(state);
      const x = chart.scale([-6, 6], [36, chart.width - 12]), y = chart.scale([0, 0.85], [180, 26]), d = chart.scale([0, 1], [340, 238]);
      const ticks = [-6, -3, 0, 3, 6], within = grid.map((at, i) => i).filter((i) => Math.abs(grid[i]) <= 6);
      const at = (away) => normal_density(away, 0, state.sd);
      chart.axis("y", y, 36, [0, 0.4, 0.8], "density");
      chart.axis("x", x, 180, ticks);
      chart.line("line blue", within.map((i) => [x(grid[i]), y(p[i] / cell)]));
      chart.line("line orange dash", within.map((i) => [x(grid[i]), y(g[i] / cell)]));
      chart.text("blue strong", x(-5.8), y(0.72), "data");
      chart.text("orange strong", x(-5.8), y(0.6), "dashed: generator");
      chart.axis("y", d, 36, [0, 0.5, 1], "D(x)");
      chart.axis("x", x, 340, ticks, "x");
      chart.line("guide", [[36, d(0.5)], [chart.width - 12, d(0.5)]]);
      chart.line("line faint dash", within.map((i) => [x(grid[i]), d(p[i] / (p[i] + g[i] || 1))]));
      chart.line("line green", within.map((i) => [x(grid[i]), d(Math.exp(log_sigmoid(logits[i])))]));
      chart.text("end", chart.width - 14, d(1) - 12, "solid: this one; dashed: the best now");
      const { mean, sd, distance } = state, side = mean + sd > 5.6 ? -1 : 1;
      chart.handle("distance", x(distance), y(Math.min(0.8, p[Math.round((distance + REACH) / cell)] / cell)), { axis: "x", value: x.invert, look: "blue" });
      chart.handle("mean", x(mean), y(at(0)), { axis: "x", value: x.invert, look: "orange" });
      chart.handle("sd", x(mean + side * sd), y(at(sd)), { axis: "x", value: (px) => side * (x.invert(px) - mean), look: "orange", hit: [44, 30] });
    },
    words: ({ mean, sd }, { value, best, short, js }) =>
      `Generator: mean ${shown(mean, 2)}, sd ${shown(sd, 2)}; JS is ${shown(js)} nats. The best discriminator earns ${shown(best)}, `
      + (short < 5e-4 ? "and this is the best one." : `this one ${shown(value)}.`),
  });
})();
