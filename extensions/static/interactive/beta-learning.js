// A Beta belief that learns from heads and tails, and what each toss teaches.
// Height: 820 wide, 1067 narrow
// Needs: beta.js
"use strict";

(() => {
  const { beta_kl, beta_update, beta_log_density } = Book.measures;
  const { shown } = Book;
  const MOST = 40;
  const posterior = ({ a, b, heads, tails }) => beta_update(a, b, heads, tails);
  // The mean of the two gains that the next toss can bring, in the proportions in which the belief expects them.
  const expected = (a, b) => (a * beta_kl(a + 1, b, a, b) + b * beta_kl(a, b + 1, a, b)) / (a + b);

  Book.component("beta-learning", {
    title: "Toss a coin: how many bits did it teach?",
    hint: "Dashed is the belief before, solid the one after the heads and tails on the two lines. The bars say what the next toss would teach: the side that you don't expect teaches more.",
    start: { a: 1, b: 1, heads: 3, tails: 1 },
    parameters: [
      { name: "heads", label: "heads", min: 0, max: MOST, step: 1, digits: 0, page: 5, words: (n) => `${shown(n, 0)} heads`,
        set: (_, value) => ({ heads: Math.round(value) }) },
      { name: "tails", label: "tails", min: 0, max: MOST, step: 1, digits: 0, page: 5, words: (n) => `${shown(n, 0)} tails`,
        set: (_, value) => ({ tails: Math.round(value) }) },
      { name: "a", label: "heads that the prior counts", field: "prior a", min: 0.5, max: 20, step: 0.5, digits: 3 },
      { name: "b", label: "tails that the prior counts", field: "prior b", min: 0.5, max: 20, step: 0.5, digits: 3 },
    ],
    results: [
      { name: "gain", label: "gained so far, D(after ‖ before)", unit: "bits" },
      { name: "reverse", label: "D(before ‖ after)", unit: "bits" },
      { name: "next", label: "expected of the next toss", unit: "bits" },
    ],
    actions: [
      { label: "Heads", to: ({ heads }) => ({ heads: Math.min(MOST, heads + 1) }) },
      { label: "Tails", to: ({ tails }) => ({ tails: Math.min(MOST, tails + 1) }) },
      { label: "Forget all", to: () => ({ heads: 0, tails: 0 }) },
    ],
    values: (state) => {
      const [a, b] = posterior(state);
      return { gain: beta_kl(a, b, state.a, state.b), reverse: beta_kl(state.a, state.b, a, b), next: expected(a, b),
        next_head: beta_kl(a + 1, b, a, b), next_tail: beta_kl(a, b + 1, a, b) };
    },
    height: 500,
    draw(chart, state, values) {
      const [a, b] = posterior(state), right = chart.width - 16;
      const x = chart.scale([0, 1], [44, right]), y = chart.scale([0, 8], [210, 26]);
      chart.axis("x", x, 210, [0, 0.25, 0.5, 0.75, 1], "probability of heads");
      chart.axis("y", y, 44, [0, 2, 4, 6, 8], "density");
      const density = (one, two) => (at) => Math.exp(beta_log_density(Math.min(1 - 1e-6, Math.max(1e-6, at)), one, two));
      chart.curve("line faint dash", density(state.a, state.b), x, y, 240);
      chart.curve("line blue", density(a, b), x, y, 320);
      chart.line("guide", [[x(a / (a + b)), 210], [x(a / (a + b)), 26]]);
      chart.text("faint end", right, 40, "dashed: before");
      chart.text("blue end", right, 58, "solid: after");

      const count = chart.scale([0, MOST], [64, right]);
      for (const [name, at, look] of [["heads", 290, "orange"], ["tails", 350, "green"]]) {
        chart.axis("x", count, at, [0, 10, 20, 30, 40]);
        chart.line(`line ${look}`, [[count(0), at], [count(state[name]), at]]);
        chart.text(look, 0, at + 5, name);
        chart.handle(name, count(state[name]), at, { axis: "x", value: count.invert, look, hit: [44, 44] });
      }

      const bits = chart.scale([0, 0.6], [64, right]);
      chart.axis("x", bits, 464, [0, 0.2, 0.4, 0.6], "what the next toss would teach, bits");
      for (const [name, value, at, look] of [["heads", values.next_head, 404, "orange"], ["tails", values.next_tail, 432, "green"]]) {
        const reach = bits(Math.min(0.6, value));
        chart.rect(`area ${look}`, bits(0), at, reach - bits(0), 20);
        chart.text(look, 0, at + 15, name);
        chart.text(reach > right - 70 ? "end" : "", reach > right - 70 ? reach - 8 : reach + 8, at + 15, shown(value));
      }
    },
    words: ({ heads, tails }, { gain, next_head, next_tail }) => {
      const times = (n, one, more) => `${shown(n, 0)} ${Math.round(n) === 1 ? one : more}`;
      return `${times(heads, "head", "heads")} and ${times(tails, "tail", "tails")} taught ${shown(gain)} bits. `
        + `The next toss teaches ${shown(next_head)} bits if heads, ${shown(next_tail)} if tails.`;
    },
  });
})();
