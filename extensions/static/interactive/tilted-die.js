// Fair dice that reach a high mean: how rare that is, and how one of them then looks.
// Height: 720 wide, 823 narrow
"use strict";

(() => {
  const { sum, kl_divergence } = Book.measures;
  const { shown } = Book;
  const FACES = [1, 2, 3, 4, 5, 6], FAIR = FACES.map(() => 1 / 6), MOST = 200;
  const mean_of = (p) => sum(p.map((share, i) => share * FACES[i]));
  const tilted = (strength) => {
    const weights = FACES.map((face) => Math.exp(strength * (face - 6))), whole = sum(weights);
    return weights.map((weight) => weight / whole);
  };
  // The tilt that gives the mean: the mean grows with it.
  const strength_for = (mean) => {
    let [low, high] = [0, 50];
    for (let i = 0; i < 80; i += 1) {
      const middle = (low + high) / 2;
      if (mean_of(tilted(middle)) < mean) low = middle;
      else high = middle;
    }
    return low;
  };
  // Of the sum of n dice, less n; each law is made of the one before.
  const laws = [[1]];
  const law_of_sum = (n) => {
    for (let k = laws.length; k <= n; k += 1) {
      const before = laws[k - 1], next = Array(5 * k + 1).fill(0);
      before.forEach((mass, s) => FACES.forEach((face) => { next[s + face - 1] += mass / 6; }));
      laws.push(next);
    }
    return laws[n];
  };
  const at_least = (n, least) => sum(law_of_sum(n).slice(Math.max(0, least - n)).reverse());

  const all = ({ mean, n: dice }) => {
    const n = Math.round(dice), least = Math.ceil(n * mean - 1e-9), strength = strength_for(mean), nearest = tilted(strength);
    const probability = at_least(n, least);
    const given = FACES.map((face) => at_least(n - 1, least - face) / 6 / probability);
    return { n, strength, nearest, given, probability, rate: kl_divergence(nearest, FAIR), exponent: (0 - Math.log2(probability)) / n,
      rest: kl_divergence(given, nearest) };
  };

  Book.component("tilted-die", {
    title: "Ask the fair dice for a high mean",
    hint: "The handle below the bars is the mean that all n dice must reach. Bars: one die, given that they did; diamonds: the tilted die, the nearest to the fair one with that mean.",
    start: { mean: 4.5, n: 10 },
    parameters: [
      { name: "mean", label: "mean to be reached", field: "mean", min: 3.5, max: 5.75, step: 0.05, digits: 2 },
      { name: "n", label: "number of dice", field: "dice n", min: 1, max: MOST, step: 1, digits: 0, set: (_, value) => ({ n: Math.round(value) }) },
    ],
    results: [
      { name: "rate", label: "D(tilted ‖ fair)", unit: "bits" },
      { name: "exponent", label: "−log₂ probability / n", unit: "bits" },
      { name: "rest", label: "D(bars ‖ tilted)", unit: "bits", digits: 4 },
    ],
    actions: [
      { label: "Two dice", to: () => ({ n: 2 }) },
      { label: "Twice the dice", to: ({ n }) => ({ n: Math.min(MOST, 2 * n) }) },
    ],
    values: all,
    height: 400,
    draw(chart, state, values) {
      const right = chart.width - 14, x = chart.scale([0.5, 6.5], [44, right]), y = chart.scale([0, 0.8], [220, 26]), slot = x(2) - x(1);
      chart.axis("y", y, 44, [0, 0.2, 0.4, 0.6, 0.8], "probability");
      chart.line("axis", [[44, 220], [right, 220]]);
      chart.line("guide", [[44, y(1 / 6)], [right, y(1 / 6)]]);
      chart.text("tick", 50, y(1 / 6) - 5, "fair");
      FACES.forEach((face, i) => {
        chart.rect("area blue", x(face) - slot * 0.3, 220, slot * 0.6, y(values.given[i]) - 220);
        const [at, high] = [x(face), y(values.nearest[i])];
        chart.line("line orange", [[at, high - 7], [at + 7, high], [at, high + 7], [at - 7, high], [at, high - 7]]);
        chart.text("tick middle", at, 264, String(face));
      });
      chart.text("label middle", (44 + right) / 2, 284, "face, and mean to be reached");
      const count = chart.scale([0, MOST], [64, right]);
      chart.axis("x", count, 340, [0, 50, 100, 150, 200], "number of dice n");
      chart.handle("mean", x(state.mean), 236, { axis: "x", value: x.invert, look: "orange", hit: [44, 36] });
      chart.handle("n", count(values.n), 340, { axis: "x", value: count.invert });
    },
    words: ({ mean }, { n, probability, rate, exponent }) => {
      const [digits, power] = probability.toExponential(1).split("e");
      const chance = power > -4 ? shown(probability, 4) : `${digits} · 10^${shown(Number(power), 0)}`;
      return `${n} ${n === 1 ? "die reaches" : "dice reach"} a mean of ${shown(mean, 2)} with probability ${chance}: ${shown(exponent)} bits a die, in the limit ${shown(rate)}.`;
    },
  });
})();
