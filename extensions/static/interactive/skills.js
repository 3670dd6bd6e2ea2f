// Skills in small worlds, for the interactive figures: as in `lib.gridworld`, `lib.tabular_skills`,
// `lib.skill_bounds` and `lib.skill_transitions`, for policies that don't look at the clock. A policy is
// policy[z][s][a], a world transitions[s][a][s'].
"use strict";

Object.assign(Book.measures, (() => {
  const ACTIONS = [[-1, 0], [0, 1], [1, 0], [0, -1], [0, 0]]; // rows and columns: north, east, south, west, stay

  // A room without walls inside; its states row by row.
  const room = (rows, columns) => {
    const states = Array.from({ length: rows * columns }, (_, s) => s);
    const inside = (row, column) => row >= 0 && row < rows && column >= 0 && column < columns;
    const transitions = states.map((s) => ACTIONS.map(([down, right]) => {
      const row = Math.floor(s / columns) + down, column = (s % columns) + right;
      const end = inside(row, column) ? row * columns + column : s;
      return states.map((other) => (other === end ? 1 : 0));
    }));
    return { transitions, start: (states.length - 1) / 2 };
  };
  const skill_dynamics = (policy, transitions) => policy.map((skill) => skill.map((actions, s) =>
    transitions[s][0].map((_, next) => Book.measures.sum(actions.map((p, a) => p * transitions[s][a][next])))));
  const state_marginals = (policy, transitions, start, horizon) => policy.map((skill) => {
    const marginals = [transitions.map((_, s) => (s === start ? 1 : 0))];
    for (let t = 0; t < horizon; t += 1) {
      const next = transitions.map(() => 0);
      marginals[t].forEach((here, s) => here && skill[s].forEach((p, a) => p && transitions[s][a].forEach((share, to) => { next[to] += here * p * share; })));
      marginals.push(next);
    }
    return marginals;
  });
  const average = (marginals) => marginals[0].map((_, s) => Book.measures.sum(marginals.map((one) => one[s])) / marginals.length);
  const state_visits = (policy, transitions, start, horizon) =>
    state_marginals(policy, transitions, start, horizon).map((marginals) => average(marginals.slice(1)));
  const pigeonhole_information = (skills, places, base = 2) => {
    const each = Math.floor(skills / places), more = skills % places;
    const unknown = (k, times) => (k > 0 ? times * k * Math.log(k) : 0);
    return (Math.log(skills) - (unknown(each, places - more) + unknown(each + 1, more)) / skills) / Book.measures.unit(base);
  };

  const transition_joint = (policy, transitions, prior, start, horizon) => {
    const dynamics = skill_dynamics(policy, transitions);
    return state_marginals(policy, transitions, start, horizon).map((marginals, z) =>
      average(marginals.slice(0, -1)).map((here, s) => dynamics[z][s].map((share) => prior[z] * here * share)));
  };
  const over_skills = (joint) => joint[0].map((rows, s) => rows.map((_, next) => Book.measures.sum(joint.map((one) => one[s][next]))));
  const forward_information = (joint, base = 2) =>
    Book.measures.conditional_entropy(over_skills(joint), "x", base) - Book.measures.conditional_entropy(joint.flat(), "x", base);
  const mixed = (q, prior) => q[0].map((rows, s) => rows.map((_, next) => Book.measures.sum(q.map((one, z) => prior[z] * one[s][next]))));
  const prior_objective = (joint, q, prior, base = 2) => {
    const mixture = mixed(q, prior);
    return Book.measures.sum(joint.flatMap((rows, z) => rows.flatMap((row, s) => row.map((share, next) =>
      (share > 0 ? share * Math.log(q[z][s][next] / mixture[s][next]) : 0))))) / Book.measures.unit(base);
  };
  const prior_excess = (joint, q, prior, base = 2) => {
    const known = over_skills(joint), mixture = mixed(q, prior);
    return Book.measures.sum(known.map((row, s) => {
      const here = Book.measures.sum(row);
      return here > 0 ? here * Book.measures.kl_divergence(row.map((share) => share / here), mixture[s], base) : 0;
    }));
  };

  return { room, skill_dynamics, state_marginals, state_visits, pigeonhole_information, transition_joint, forward_information, prior_objective, prior_excess };
})());
