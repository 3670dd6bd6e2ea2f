// A channel with two inputs and two outputs: what its inputs carry, and the certificate for the most that any can carry.
// Height: 690 wide, 1078 narrow
// Needs: channels.js
"use strict";

(() => {
  const { input_divergences, blahut_arimoto_step, capacity_of_two, mutual_information } = Book.measures;
  const { shown, clamp } = Book;
  const channel_of = ({ wrong_0, wrong_1 }) => [[1 - wrong_0, wrong_0], [wrong_1, 1 - wrong_1]];
  const carried = (p, channel) => mutual_information([channel[0].map((share) => (1 - p) * share), channel[1].map((share) => p * share)]);
  const LEAST = 0.001; // an input that is never used stays so

  Book.component("channel", {
    title: "Move the input of a noisy channel until the certificate closes",
    hint: "The line touches the curve at your input. It ends over each input at the divergence of that row from the output, and its higher end is above every point of the curve: a proof that no input carries more.",
    start: { wrong_0: 0.05, wrong_1: 0.4, p: 0.8 },
    parameters: [
      { name: "p", label: "probability of input 1", field: "P(X = 1)", min: LEAST, max: 1 - LEAST, step: 0.01, digits: 4 },
      { name: "wrong_0", label: "probability that input 0 arrives as 1", field: "0 arrives as 1", min: 0, max: 1, step: 0.01, digits: 3 },
      { name: "wrong_1", label: "probability that input 1 arrives as 0", field: "1 arrives as 0", min: 0, max: 1, step: 0.01, digits: 3 },
    ],
    results: [
      { name: "information", label: "I(X; Y), carried", unit: "bits", digits: 4 },
      { name: "capacity", label: "capacity", unit: "bits", digits: 4 },
      { name: "upper", label: "certificate: at most", unit: "bits", digits: 4 },
    ],
    actions: [
      { label: "Improve one step", to: (_, { improved }) => ({ p: clamp(improved, LEAST, 1 - LEAST) }) },
      { label: "Best input", to: (_, { best }) => ({ p: best }) },
      { label: "Equal errors", to: ({ wrong_0 }) => ({ wrong_1: wrong_0 }) },
      { label: "Useless", to: ({ wrong_0 }) => ({ wrong_1: 1 - wrong_0 }) },
    ],
    values: (state) => {
      const channel = channel_of(state), divergences = input_divergences([1 - state.p, state.p], channel), most = capacity_of_two(channel);
      return { divergences, improved: blahut_arimoto_step([1 - state.p, state.p], channel)[1], information: carried(state.p, channel), upper: Math.max(...divergences), capacity: most.capacity, best: most.prior[1] };
    },
    height: (width) => (width < 560 ? 560 : 350),
    draw(chart, state, { divergences, information, upper, best, capacity: most }) {
      const channel = channel_of(state), narrow = chart.width < 560, right = narrow ? chart.width - 20 : chart.width * 0.62;
      // One bit for most channels; a weak one is magnified.
      const high = [0.05, 0.2, 1].find((one) => one > 1.6 * most) || 1;
      const x = chart.scale([0, 1], [44, right]), y = chart.scale([0, 1.25 * high], [270, 30]);
      chart.axis("x", x, 270, [0, 0.5, 1], "");
      chart.text("label middle", (44 + right) / 2, 318, "probability of input 1");
      chart.axis("y", y, 44, [0, 0.5 * high, high], "bits");
      chart.curve("line blue", (p) => carried(p, channel), x, y, 200);
      chart.line("guide", [[44, y(most)], [right, y(most)]]);
      chart.text("faint end", right - 2, y(most) + 16, "capacity");
      // The tangent, as far as it lies within the picture.
      const [d_0, d_1] = divergences, at = (p) => d_0 + (d_1 - d_0) * p, top = 1.25 * high;
      const ends = [0, 1].map((p) => (at(p) <= top ? p : clamp((top - d_0) / (d_1 - d_0), 0, 1)));
      chart.line("line orange dash", ends.map((p) => [x(p), y(at(p))]));
      [d_0, d_1].forEach((d, i) => d <= top && chart.dot(d === upper ? "dot orange" : "open orange", x(i), y(d), 5));
      chart.text(`orange strong ${d_0 > d_1 ? "start" : "end"}`, d_0 > d_1 ? x(0) + 9 : x(1) - 9, Math.max(22, y(Math.min(upper, top)) - 8), "certificate");
      chart.dot("open green", x(best), y(most), 5);
      chart.line("guide", [[x(state.p), 270], [x(state.p), y(information)]]);
      chart.handle("p", x(state.p), y(information), { axis: "x", value: x.invert, look: "blue" });

      // The channel itself: a bar for each input says how often it arrives wrong.
      const [left, end, up, low] = narrow ? [44, chart.width - 20, 370, 510] : [right + 66, chart.width - 14, 30, 270];
      const v = chart.scale([0, 1], [low, up]), slot = (end - left) / 2;
      chart.axis("y", v, left, [0, 0.5, 1], "arrives wrong");
      chart.line("axis", [[left, low], [end, low]]);
      ["wrong_0", "wrong_1"].forEach((name, i) => {
        const middle = left + slot * (i + 0.5);
        chart.rect("area pink", middle - slot * 0.25, low, slot * 0.5, v(state[name]) - low);
        chart.text("middle", middle, low + 20, `${i} as ${1 - i}`);
        chart.text("middle strong", middle, low + 38, shown(state[name], 2));
        chart.handle(name, middle, v(state[name]), { axis: "y", value: v.invert, look: "pink", hit: [Math.min(44, slot), 44] });
      });
    },
    words: ({ p, wrong_0, wrong_1 }, { information, upper }) =>
      `Errors ${shown(wrong_0, 2)} and ${shown(wrong_1, 2)}, input 1 in a share ${shown(p, 3)}: carried ${shown(information, 4)} bits, at most possible ${shown(upper, 4)}. `
      + (upper - information < 5e-5 ? "This is the capacity." : `Missing at most ${shown(upper - information, 4)}.`),
  });
})();
