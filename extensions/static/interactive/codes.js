// Codes for symbols, for the interactive figures: as in `lib.coding`, a code is a list of words of zeros and ones.
"use strict";

Object.assign(Book.measures, (() => {
  // Merge the two least probable, again and again; a tree is a symbol or a pair of trees. Ties as in `lib`: symbols
  // before pairs, earlier before later.
  const huffman_tree = (p) => {
    const heap = p.map((share, x) => ({ share, number: x, tree: x }));
    const pop = () => {
      const least = heap.reduce((best, one) => (one.share < best.share || (one.share === best.share && one.number < best.number) ? one : best));
      return heap.splice(heap.indexOf(least), 1)[0];
    };
    for (let number = p.length; heap.length > 1; number += 1) {
      const rare = pop(), common = pop();
      const tree = rare.share < common.share ? [common.tree, rare.tree] : [rare.tree, common.tree];
      heap.push({ share: rare.share + common.share, number, tree });
    }
    return heap[0].tree;
  };
  const huffman_code = (p) => {
    const words = p.map(() => "");
    const walk = (tree, word) => {
      if (Array.isArray(tree)) tree.forEach((side, bit) => walk(side, word + bit));
      else words[tree] = word;
    };
    walk(huffman_tree(p), "");
    return words;
  };
  const mean_length = (p, words) => Book.measures.sum(p.map((share, x) => share * words[x].length));
  const kraft_sum = (lengths) => Book.measures.sum(lengths.map((length) => 2 ** -length));
  const encode = (message, words) => message.map((x) => words[x]).join("");
  return { huffman_tree, huffman_code, mean_length, kraft_sum, encode };
})());
