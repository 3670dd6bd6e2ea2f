// Huffman's code of a text that the reader edits.
// Height: 729 wide, 863 narrow
// Needs: codes.js
"use strict";

(() => {
  const { huffman_tree, huffman_code, mean_length, encode, entropy } = Book.measures;
  const { shown } = Book;
  const MOST = 24; // different characters, so that the tree can be read
  const LONGEST = 80;

  const symbols_of = (text) => [...new Set(text)].sort();
  // The text without line ends, and without characters of one kind too many.
  const readable = (text) => {
    const seen = new Set();
    const fits = (character) => seen.has(character) || (seen.size < MOST && seen.add(character));
    return [...text].filter((character) => character >= " ").slice(0, LONGEST).filter(fits).join("");
  };
  const printed = (symbol) => (symbol === " " ? "␣" : symbol);

  Book.component("huffman", {
    title: "Write a text: its Huffman code",
    hint: "Frequent characters get short words. At each fork blue with 0 is the more frequent side, orange with 1 the other.",
    start: { text: "abracadabra" },
    parameters: [
      { name: "text", label: `text, at most ${LONGEST} characters`, type: "text", longest: LONGEST,
        set: (_, value) => (readable(value) ? { text: readable(value) } : {}) },
    ],
    results: [
      { name: "mean", label: "bits a character, Huffman", digits: 3 },
      { name: "entropy", label: "entropy", unit: "bits", digits: 3 },
      { name: "fixed", label: "words of equal length", unit: "bits", digits: 0 },
      { name: "total", label: "whole text", unit: "bits", digits: 0 },
    ],
    actions: [
      { label: "Powers of ½", to: () => ({ text: "aaaabbcd" }) },
      { label: "A sentence", to: () => ({ text: "to be or not to be that is the question" }) },
      { label: "All different", to: () => ({ text: "abcdefghijklm" }) },
    ],
    values: ({ text }) => {
      const symbols = symbols_of(text), characters = [...text], index = new Map(symbols.map((symbol, x) => [symbol, x]));
      const counts = symbols.map(() => 0);
      for (const character of characters) counts[index.get(character)] += 1;
      const p = counts.map((count) => count / characters.length), words = huffman_code(p);
      const bits = encode(characters.map((character) => index.get(character)), words);
      return { p, words, bits, mean: mean_length(p, words), entropy: entropy(p), fixed: Math.ceil(Math.log2(p.length)), total: bits.length };
    },
    height: 400,
    draw(chart, { text }, { p, words, bits }) {
      const symbols = symbols_of(text), rows = p.length, row = Math.min(44, 350 / rows), small = row < 18 ? "tick" : "";
      const depth = Math.max(1, ...words.map((word) => word.length)), wide = chart.width < 560 ? 128 + 5 * depth : 190 + 7 * depth;
      const x = (level) => 14 + (level * (chart.width - wide - 14)) / depth, table = chart.width - wide + 14;
      let place = 0;
      // The tree lies on its side: its leaves are the lines of the table.
      const walk = (tree, level, word) => {
        if (!Array.isArray(tree)) {
          const y = 24 + row * (place + 0.5);
          place += 1;
          chart.line("guide", [[x(level), y], [table - 8, y]]);
          chart.dot("dot", x(level), y, 3);
          chart.text(`mono strong ${small}`, table, y + 4, printed(symbols[tree]));
          chart.text(`end ${small}`, table + 56, y + 4, shown(p[tree], 3));
          chart.text(`mono ${small}`, table + 66, y + 4, word);
          return y;
        }
        const ends = [walk(tree[0], level + 1, `${word}0`), walk(tree[1], level + 1, `${word}1`)], y = (ends[0] + ends[1]) / 2;
        ends.forEach((end, bit) => {
          chart.line(`line ${bit ? "orange dash" : "blue"}`, [[x(level), y], [x(level), end], [x(level + 1), end]]);
          if (row > 12) chart.text(`tick ${bit ? "orange" : "blue"}`, x(level) + 6, end - 3, String(bit));
        });
        chart.dot("dot", x(level), y, 3);
        return y;
      };
      walk(huffman_tree(p), 0, "");
      const shown_bits = Math.floor((chart.width - 30) / 8.2);
      chart.text("mono tick", 4, 394, bits.length > shown_bits ? `${bits.slice(0, shown_bits)}…` : bits);
    },
    words: ({ text }, { p, mean, entropy: h, total }) =>
      `${[...text].length} characters of ${p.length} kinds: ${shown(mean, 2)} bits each, entropy ${shown(h, 2)}, ${total} bits in all.`
      + (p.length === MOST ? ` The drawing has room for ${MOST} kinds; others are left out.` : ""),
  });
})();
