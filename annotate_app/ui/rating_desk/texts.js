// From what is selected on the screen to where it stands in the item's own text, and back.
// Rendering leaves markup out and adds words of ours; nothing is guessed beyond exact runs of characters.

const OUR_WORDS = ".cal-role, .cal-host, .cal-empty, .cal-key, .cal-count, .cal-title, summary";
const NEAR = 16;

// The characters of a text but for white space, each with the stretch [from, to) that writes it.
const unitsOf = (raw) => {
  const units = { letters: "", from: [], to: [] };
  const escapes = isJson(raw) ? /\\u[0-9a-fA-F]{4}|\\./gs : null;
  const add = (letter, from, to) => {
    if (/\s/.test(letter)) return;
    units.letters += letter;
    units.from.push(from);
    units.to.push(to);
  };
  let at = 0;
  const plain = (end) => { for (; at < end; at += 1) add(raw[at], at, at + 1); };
  for (const found of escapes ? raw.matchAll(escapes) : []) {
    plain(found.index);
    add(JSON.parse(`"${found[0]}"`), at, at + found[0].length);
    at += found[0].length;
  }
  plain(raw.length);
  return units;
};

const isJson = (raw) => {
  if (!/^\s*[[{]/.test(raw)) return false;
  try { JSON.parse(raw); return true; } catch { return false; }
};

// Offsets as people and Python count: characters, not halves of them.
const pointsBefore = (raw, at) => [...raw.slice(0, at)].length;
const offsetOf = (raw, points) => [...raw].slice(0, points).join("").length;

class TextMap {
  constructor(element, raw) {
    Object.assign(this, { element, raw, units: unitsOf(raw), nodes: [], pointer: 0 });
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (!node.parentElement.closest(OUR_WORDS)) this._place(node);
    }
  }

  // Where each character of one text node stands: at[k] is a unit's number, or -1.
  _place(node) {
    const spots = [];
    let letters = "";
    for (let k = 0; k < node.data.length; k += 1) {
      if (/\s/.test(node.data[k])) continue;
      spots.push(k);
      letters += node.data[k];
    }
    if (!letters) return;
    const ahead = this.units.letters.indexOf(letters, this.pointer);
    const start = ahead >= 0 ? ahead : this.units.letters.indexOf(letters);
    const at = start >= 0 ? spots.map((_, k) => start + k) : this._creep(letters);
    if (ahead >= 0) this.pointer = ahead + letters.length;
    this.nodes.push({ node, spots, at });
  }

  // Character by character, over the backslashes and entities that a renderer takes away.
  _creep(letters) {
    return Array.from({ length: letters.length }, (_, k) => {
      const found = this.units.letters.indexOf(letters[k], this.pointer);
      if (found < 0 || found > this.pointer + NEAR) return -1;
      this.pointer = found + 1;
      return found;
    });
  }

  // What the range covers of this text: {start, end, text}; null when nothing of it can be placed.
  passage(range) {
    let [first, last] = [Infinity, -1];
    for (const { node, spots, at } of this.nodes) {
      if (!range.intersectsNode(node)) continue;
      const from = node === range.startContainer ? range.startOffset : 0;
      const to = node === range.endContainer ? range.endOffset : node.data.length;
      spots.forEach((spot, k) => {
        if (spot < from || spot >= to || at[k] < 0) return;
        first = Math.min(first, at[k]);
        last = Math.max(last, at[k]);
      });
    }
    if (last < 0) return null;
    const [start, end] = [this.units.from[first], this.units.to[last]];
    return { start: pointsBefore(this.raw, start), end: pointsBefore(this.raw, end), text: this.raw.slice(start, end) };
  }

  // Where a passage of this text is on the screen; null when it is not.
  range({ start, end }) {
    const [from, to] = [offsetOf(this.raw, start), offsetOf(this.raw, end)];
    const inside = this.nodes.flatMap(({ node, spots, at }) => spots
      .filter((_, k) => at[k] >= 0 && this.units.from[at[k]] >= from && this.units.to[at[k]] <= to)
      .map((spot) => ({ node, spot })));
    const [first, last] = [inside[0], inside.at(-1)];
    return first ? rangeOf(first.node, first.spot, last.spot + 1, last.node) : null;
  }
}

const rangeOf = (node, from, to, last = node) => {
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(last, to);
  return range;
};

// Marks ranges without touching the page; where a browser has no highlights, the words beside it must do.
const highlight = (name, ranges) => {
  if (!globalThis.CSS?.highlights || !globalThis.Highlight) return;
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
};

// Into sight, in every box that scrolls, with the folds around it open.
const reveal = (range) => {
  const element = range.startContainer.parentElement;
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  for (let box = element; box && box !== document.body; box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight + 1 || !/auto|scroll/.test(getComputedStyle(box).overflowY)) continue;
    const [words, frame] = [range.getBoundingClientRect(), box.getBoundingClientRect()];
    if (words.top < frame.top || words.bottom > frame.bottom) box.scrollTop += words.top - frame.top - box.clientHeight / 3;
  }
};
