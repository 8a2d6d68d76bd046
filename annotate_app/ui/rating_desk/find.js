// Find in the item's texts: a field, how many places there are, next and previous. Its key is l, not the browser's.

const MOST_FOUND = 999;
const fold = (text) => text.normalize("NFC").toLocaleLowerCase();

Object.assign(Desk.prototype, {
  listenForFind() {
    const { find } = this.parts;
    find.addEventListener("input", () => this.search());
    find.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.step(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") this.closeFind();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  },

  openFind() {
    this.parts.finder.hidden = false;
    this.pressed("find", true);
    this.parts.find.focus();
    this.parts.find.select();
  },

  // Away with the field; the place found last stays selected, ready to be widened or quoted.
  closeFind() {
    const here = this.places?.[this.foundAt];
    this.parts.finder.hidden = true;
    this.pressed("find", false);
    this.showFound([]);
    this.parts.item.focus({ preventScroll: true });
    if (!here) return;
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(here);
  },

  toggleFind() { if (this.parts.finder.hidden) this.openFind(); else this.closeFind(); },

  search() {
    const words = this.parts.find.value;
    this.showFound(words ? foundIn(this.parts.item, words) : []);
    this.foundAt = -1;
    if (this.places.length) this.step(1);
    else this.parts.found.textContent = words ? "not found" : "";
  },

  showFound(ranges) {
    this.places = ranges;
    highlight("cd-found", ranges);
    highlight("cd-found-here", []);
    if (!ranges.length) this.parts.found.textContent = "";
  },

  step(by) {
    const { places } = this;
    if (!places?.length) return void this.search();
    this.foundAt = (this.foundAt + by + places.length) % places.length;
    const here = places[this.foundAt];
    highlight("cd-found-here", [here]);
    reveal(here);
    this.parts.found.textContent = `${this.foundAt + 1} of ${places.length}${places.length === MOST_FOUND ? " or more" : ""}`;
  },
});

// Places of the words in everything that is read of the item, text by text, also across bold and links.
const foundIn = (item, words) => {
  const wanted = fold(words);
  const ranges = [];
  for (const box of item.querySelectorAll(".cal-text")) {
    const nodes = [];
    let [text, block] = ["", null];
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const now = walk.currentNode.parentElement.closest("p, li, td, th, h4, h5, h6, pre, div, summary");
      if (block && now !== block) text += "\n"; // words of two paragraphs are not one place
      block = now;
      nodes.push({ node: walk.currentNode, from: text.length });
      text += sameLength(walk.currentNode.data);
    }
    for (let at = text.indexOf(wanted); at >= 0 && ranges.length < MOST_FOUND; at = text.indexOf(wanted, at + wanted.length)) {
      const first = nodes.findLast((one) => one.from <= at);
      const last = nodes.findLast((one) => one.from < at + wanted.length);
      ranges.push(rangeOf(first.node, at - first.from, at + wanted.length - last.from, last.node));
    }
  }
  return ranges;
};

// Lower case where that keeps every character in its place.
const sameLength = (text) => {
  const folded = fold(text);
  return folded.length === text.length ? folded : [...text].map((one) => (fold(one).length === one.length ? fold(one) : one)).join("");
};
