// Small things that every part of the desk uses.

const SKIP_REASONS = [
  "I cannot judge this: not my field", "The item is broken or incomplete", "I know the people or the case",
  "It upsets me", "Another reason",
];

const KEY_ROWS = [
  ["1 – 9", "answer the marked question"], ["digits . -", "type a number where one is asked"],
  ["a  b  t", "output A, output B, tie"], ["n", "not applicable"], ["w", "say why"], ["y", "sure, unsure (where it is asked)"],
  ["↑ ↓", "question before, question after"], ["← →", "earlier item, later item"],
  ["Enter or Ctrl/⌘+Enter", "submit and next"], ["s", "skip with a reason"], ["u", "take the last answers back"],
  ["Escape", "leave a text field: the keys act again"],
  ["f", "what went wrong (then 1 – 9)"], ["e", "show whole texts"], ["l", "look for words in the texts"],
  ["q", "quote what is selected as evidence (widen a selection with Shift and arrows)"],
  ["m", "what the answers of the marked question mean"], ["h", "ask the lead about this item"], ["?", "this sheet"],
];

const newId = () =>
  crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0")).join("");

const make = (tag, attributes = {}, ...inner) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...inner.filter((part) => part !== null && part !== undefined));
  return element;
};

const keyOf = (task) => `${task.purpose}:${task.item_id}`;
const heldOf = (task) => ({ item_id: task.item_id, purpose: task.purpose });
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// "a" and "b" on the screen are places; in what is stored they are the item's own sides.
const otherSide = { a: "b", b: "a" };
const asShown = (task, value) => (task.first_side === "b" && otherSide[value]) || value;
const asStored = asShown; // the same exchange both ways
