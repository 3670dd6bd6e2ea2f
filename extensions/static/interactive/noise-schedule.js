// Two hills on their way into noise, along three schedules: what is still to be seen of them, and when it is lost.
// Height: 741 wide, 1185 narrow
// Needs: mixtures.js, diffusion.js
"use strict";

(() => {
  const { linear_schedule, cosine_schedule, geometric_schedule, noise_weights, mixture_kl, mixture_kl_with, normal_density } = Book.measures;
  const { shown } = Book;
  const T = 100, NAMES = ["line", "cosine", "geometric"];
  const schedules = { line: linear_schedule(T, 1e-3, 0.2), cosine: cosine_schedule(T), geometric: geometric_schedule(T) };
  const ratio = (name, t) => schedules[name].alpha_bar[t] / (1 - schedules[name].alpha_bar[t]);
  const step = ({ time }) => Math.min(T, Math.max(2, Math.round(T * time)));
  // The upper hill at time t, and both together.
  const hills = (name, t, width) => {
    const kept = schedules[name].alpha_bar[t], mean = Math.sqrt(kept), sd = Math.sqrt(kept * width ** 2 + 1 - kept);
    return { mean, sd, one: [[1], [mean], [sd]], both: [[0.5, 0.5], [-mean, mean], [sd, sd]] };
  };

  Book.component("noise-schedule", {
    title: "Move through time: when is it lost which hill a datum came from?",
    hint: "Data lie on two hills at −1 and 1. Above, what noise makes of them; then the signal-to-noise ratio of three schedules, and what the noised datum still tells about its hill, of ln 2 = 0.693 nats. It is the same curve of the ratio, run through at another pace.",
    start: { time: 0.3, width: 0.25, schedule: "cosine" },
    parameters: [
      { name: "time", label: "time as a share of all 100 steps", field: "time t / T", min: 0.02, max: 1, step: 0.01, digits: 2, words: (value, state) => `step ${step(state)} of ${T}` },
      { name: "width", label: "width of a hill", field: "width of a hill", min: 0.05, max: 1, step: 0.05, digits: 2, page: 0.2 },
      { name: "schedule", label: "schedule", options: NAMES },
    ],
    results: [
      { name: "kept", label: "ᾱ, signal kept", digits: 4 },
      { name: "snr", label: "signal to noise", digits: 4 },
      { name: "weight", label: "weight of this step in the bound", digits: 3 },
      { name: "information", label: "I(hill; x at t)", unit: "nats", digits: 4 },
    ],
    actions: [
      { label: "Signal equals noise", to: ({ schedule }) => {
        const times = schedules[schedule].alpha_bar.map((_, t) => t).slice(2);
        return { time: times.reduce((best, t) => (Math.abs(Math.log(ratio(schedule, t))) < Math.abs(Math.log(ratio(schedule, best))) ? t : best)) / T };
      } },
      { label: "The end", to: () => ({ time: 1 }) },
    ],
    values: (state) => {
      const t = step(state), { one, both } = hills(state.schedule, t, state.width);
      return { kept: schedules[state.schedule].alpha_bar[t], snr: ratio(state.schedule, t), weight: noise_weights(schedules[state.schedule])[t], information: mixture_kl(one, both, Math.E) };
    },
    height: (width) => (width < 560 ? 600 : 400),
    draw(chart, state, { information, snr }) {
      const narrow = chart.width < 560, half = chart.width / 2, end = chart.width - 12, t = step(state);
      const { mean, sd } = hills(state.schedule, t, state.width), start = hills(state.schedule, 0, state.width);
      const x = chart.scale([-3.5, 3.5], [40, end]), y = chart.scale([0, 1], [150, 26]);
      chart.axis("x", x, 150, [-3, -1, 0, 1, 3], "x at time t");
      chart.axis("y", y, 40, [0, 0.5, 1], "density");
      const density = (of) => (at) => (normal_density(at, -of.mean, of.sd) + normal_density(at, of.mean, of.sd)) / 2;
      const clipped = (f) => Array.from({ length: 281 }, (_, i) => -3.5 + i / 40).map((at) => [x(at), y(Math.min(1.02, f(at)))]);
      chart.line("line thin faint", clipped(density(start)));
      chart.line("line blue", clipped(density({ mean, sd })));
      [-mean, mean].forEach((m) => chart.line("line thin blue dash", clipped((at) => normal_density(at, m, sd) / 2)));
      chart.text("faint", x(-3.4), y(0.9), "thin, grey: the data");

      const panel = (left, right, top, low, domain, ticks, label, format) => {
        const u = chart.scale([0, T], [left, right]), v = chart.scale(domain, [low, top]);
        chart.axis("x", u, low, [0, 50, 100], "step t");
        chart.axis("y", v, left, ticks, label, format);
        chart.line("guide", [[u(t), low], [u(t), top]]);
        return [u, v];
      };
      const looks = { line: "dash", cosine: "", geometric: "thin" };
      const log = (value) => Math.log10(value);
      const [u, v] = panel(40, narrow ? end : half - 16, narrow ? 226 : 226, 350, [-7, 4], [-6, -3, 0, 3], "signal to noise", (k) => `10${[...String(k)].map((c) => "⁻⁰¹²³⁴⁵⁶"["-0123456".indexOf(c)]).join("")}`);
      const times = Array.from({ length: 50 }, (_, i) => 2 * (i + 1));
      for (const name of NAMES) chart.line(`line ${name === state.schedule ? "green" : "faint"} ${looks[name]}`, times.map((at) => (log(ratio(name, at)) >= -7 ? [u(at), v(log(ratio(name, at)))] : null)));
      chart.text("tick start", u(2), v(-6.4), "dashed: line, thin: geometric");
      const [w, h] = narrow ? panel(40, end, 426, 550, [0, 0.75], [0, 0.25, 0.5], "told about the hill, nats") : panel(half + 34, end, 226, 350, [0, 0.75], [0, 0.25, 0.5], "told about the hill, nats");
      chart.line("guide", [[w(0), h(Math.LN2)], [w(T), h(Math.LN2)]]);
      for (const name of NAMES) {
        chart.line(`line ${name === state.schedule ? "green" : "faint"} ${looks[name]}`, times.filter((at) => at % 4 === 0).map((at) => {
          const { one, both } = hills(name, at, state.width);
          return [w(at), h(mixture_kl_with(129, one, both))];
        }));
      }
      chart.dot("dot green", w(t), h(information), 5);
      chart.handle("time", u(t), v(log(snr)), { axis: "x", value: (px) => u.invert(px) / T, look: "green" });
      const edge = Math.min(3.4, mean + sd);
      chart.handle("width", x(start.mean + state.width), y(Math.min(0.9, density(start)(1 + state.width))), { axis: "x", value: (px) => x.invert(px) - 1, look: "faint" });
      chart.line("guide", [[x(edge), 150], [x(edge), y(density({ mean, sd })(edge))]]);
    },
    words: (state, { snr, information }) =>
      `Step ${step(state)} of ${T}, schedule ${state.schedule}: the ratio of signal to noise is ${snr < 0.01 ? snr.toExponential(1).replace("-", "−") : shown(snr, 2)}. The noised datum tells ${shown(information)} of 0.693 nats about its hill.`,
  });
})();
