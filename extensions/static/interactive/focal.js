// The focal loss, for the interactive figures: as in `lib.focal`, for one sample. An exponent is 0 or at least 1.
"use strict";

Object.assign(Book.measures, (() => {
  // v times the slope of the loss, with its sign turned: (1 - v)^g - g (1 - v)^(g - 1) v ln v.
  const slope = (v, gamma) => (1 - v) ** gamma - (gamma ? gamma * (1 - v) ** (gamma - 1) * v * Math.log(v) : 0);
  const true_probabilities = (q, gamma) => {
    const odds = q.map((share) => share / slope(share, gamma)), total = Book.measures.sum(odds);
    return odds.map((one) => one / total);
  };
  // Where the expected focal loss is least: by bisection in the multiplier, and for each of them in all q.
  const focal_minimiser = (eta, gamma) => {
    const answer = (multiplier) => eta.map((share) => {
      let [low, high] = [0, 1];
      for (let i = 0; i < 60; i += 1) {
        const q = (low + high) / 2;
        if (share * slope(q, gamma) > multiplier * q) low = q;
        else high = q;
      }
      return (low + high) / 2;
    });
    let [low, high] = [0, 2 * eta.length * (1 + gamma)];
    for (let i = 0; i < 70; i += 1) {
      const multiplier = (low + high) / 2;
      if (Book.measures.sum(answer(multiplier)) > 1) low = multiplier;
      else high = multiplier;
    }
    return answer((low + high) / 2);
  };
  // The loss of a sample of which the right class has probability q.
  const focal_loss = (q, gamma) => 0 - (1 - q) ** gamma * Math.log(q);

  return { true_probabilities, focal_minimiser, focal_loss };
})());
