// Evidence: a selected passage of the item, attached to an answer or to a failure mode.

const SHORT = 60;
const LONGEST = 20_000; // what the server takes
const shorten = (text) => (text.length > SHORT ? `${text.slice(0, SHORT)}…` : text);

Object.assign(Desk.prototype, {
  listenForSelections() {
    const { parts } = this;
    this.selected = () => this.offer();
    document.addEventListener("selectionchange", this.selected);
    parts.offer.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
    parts["quote-dialog"].addEventListener("keydown", (event) => pickByDigit(event, parts["quote-targets"]));
    whenChosen(parts["quote-dialog"], "attach", () => this.attach());
  },

  // Maps are made when they are first needed, and again when the item's HTML is another.
  maps() {
    const boxes = [...this.parts.item.querySelectorAll("[data-field]")];
    if (this.mapped?.[0]?.element !== boxes[0]) {
      this.mapped = boxes.map((box) => new TextMap(box, this.shown.task.texts[box.dataset.field] ?? ""));
    }
    return this.mapped;
  },

  selection() {
    const found = document.getSelection();
    if (!this.shown || !found || found.isCollapsed || !found.rangeCount) return null;
    const range = found.getRangeAt(0);
    const inside = range.startContainer.parentElement ?? range.startContainer;
    return this.parts.item.contains(inside) ? range : null;
  },

  // A button beside the selection, as long as there is one.
  offer() {
    const { offer } = this.parts;
    const range = this.selection();
    offer.hidden = !range;
    if (!range) return;
    const box = [...range.getClientRects()].at(-1) ?? range.getBoundingClientRect();
    offer.style.top = `${Math.min(box.bottom + 6, innerHeight - 48)}px`;
    offer.style.left = `${Math.max(8, Math.min(box.right - 40, innerWidth - 190))}px`;
  },

  quote() {
    const range = this.selection();
    if (!range) return void this.say("Select a passage of the item first: with the mouse, or find its words (l) and widen the selection with Shift and arrows.");
    const map = this.maps().find((one) => range.intersectsNode(one.element));
    const found = map?.passage(range);
    if (!found) return void this.say("This passage cannot be found in the item's own text: select words of the text itself.");
    if (found.text.length > LONGEST) return void this.say(`This is longer than ${LONGEST} characters: select less, at best the words that decide.`);
    this.quoted = { field: map.element.dataset.field, ...found };
    this._askTarget();
  },

  _askTarget() {
    const { parts } = this;
    parts["quote-text"].textContent = this.quoted.text;
    const row = this.view.row();
    const targets = [
      ...asked(this.form, this.shown.sheet).map((question) => ({ name: question.name, words: question.question })),
      ...this.form.failure_modes.map((mode) => ({ mode: mode.name, words: `What went wrong: ${mode.label}` })),
    ];
    parts["quote-targets"].replaceChildren(...targets.map((target, k) => choiceOf("cd-quote", k, target.words,
      row?.modes ? Boolean(target.mode) && !targets[k - 1]?.mode : target.name === row?.name)));
    this.targets = targets;
    parts["quote-dialog"].showModal();
    (parts["quote-targets"].querySelector("input:checked") ?? parts["quote-targets"].querySelector("input")).focus();
  },

  attach() {
    const dialog = this.parts["quote-dialog"];
    const chosen = [...dialog.querySelectorAll("input")].findIndex((input) => input.checked);
    if (chosen < 0 || !this.shown) return;
    const { name, mode } = this.targets[chosen];
    const { sheet } = this.shown;
    if (mode) {
      if (!sheet.modes.includes(mode)) sheet.modes = [...sheet.modes, mode];
      sheet.evidence = [...sheet.evidence, { ...this.quoted, failure_mode: mode }];
    } else {
      const answer = this.view.answerOf(name);
      answer.evidence = [...(answer.evidence ?? []), this.quoted];
    }
    document.getSelection().removeAllRanges();
    this.edited();
    this.announce("Evidence attached");
  },

  // Everything attached on this sheet, marked in the item.
  markEvidence() {
    const passages = this.shown ? passagesOf(this.shown.sheet) : [];
    if (!passages.length) return highlight("cd-evidence", []);
    return highlight("cd-evidence", passages.map((one) => this.rangeOfPassage(one)).filter(Boolean));
  },

  rangeOfPassage(passage) {
    return this.maps().find((map) => map.element.dataset.field === passage.field)?.range(passage) ?? null;
  },

  // Show a passage where it stands; the selection tells it from the others.
  showPassage(passage) {
    const range = this.rangeOfPassage(passage);
    if (!range) return void this.say("Shown as written (button above), the passage can be found.");
    reveal(range);
    document.getSelection().removeAllRanges();
    document.getSelection().addRange(range);
  },
});

const passagesOf = (sheet) => [...Object.values(sheet.answers).flatMap((answer) => answer.evidence ?? []), ...sheet.evidence];

// One choice of a dialog, with its digit.
const choiceOf = (group, k, words, checked) => make("label", { class: "cd-choice" },
  make("input", { type: "radio", name: group, value: words, required: true, checked }),
  k < 9 ? make("kbd", { "aria-hidden": "true" }, k + 1) : null, make("span", { dir: "auto" }, words));

// At once, not with the dialog's close event: the next key may come before that.
const whenChosen = (dialog, value, act) => dialog.addEventListener("submit", (event) => {
  if (event.submitter?.value !== value) return;
  event.preventDefault();
  dialog.close();
  act();
});

const pickByDigit = (event, place) => {
  const digit = isTyping(event.target) ? null : /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  const input = digit && place.querySelectorAll("input")[Number(digit[1]) - 1];
  if (!input) return;
  input.checked = true;
  input.focus();
  event.preventDefault();
};

// The passages attached to one row of the form, each to be looked at or dropped.
const quoteList = (desk, passages, drop) => passages.map((passage, k) => {
  const show = make("button", { type: "button", class: "cd-quote", dir: "auto", title: "Show it in the item" }, `“${shorten(passage.text)}”`);
  const away = make("button", { type: "button", class: "cd-drop", "aria-label": `Drop the evidence “${shorten(passage.text)}”` }, "×");
  show.addEventListener("click", () => desk.showPassage(passage));
  away.addEventListener("click", () => drop(k));
  const about = passage.failure_mode ? make("span", { class: "cd-quiet" }, `${passage.failure_mode.replaceAll("_", " ")}: `) : null;
  return make("li", {}, about, show, away);
});
