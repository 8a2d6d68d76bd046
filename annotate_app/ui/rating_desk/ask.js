// Ask the lead, and what stands beside the items: answers, rulings, what changed in the rubric, the pace.

const letterKey = (letter) => JSON.stringify([letter.thread, letter.question, letter.answer]);

Object.assign(Desk.prototype, {
  // The item that a question would be about: the one on the screen, or the one just explained.
  askedItem() { return this.shown?.task.item_id ?? this.explaining?.item ?? null; },

  ask() {
    const item = this.askedItem();
    if (!item) return false;
    const { parts } = this;
    if (parts["ask-text"].dataset.item !== item) parts["ask-text"].value = "";
    parts["ask-text"].dataset.item = item;
    parts["ask-error"].hidden = true;
    parts["ask-dialog"].showModal();
    parts["ask-text"].focus();
    return true;
  },

  // The dialog stays open with the words until the server has them.
  async sendQuestion() {
    const { parts } = this;
    const text = parts["ask-text"].value.trim();
    if (!text || this.asking) return;
    this.asking = true;
    this.askedId = this.askedText === text ? this.askedId : newId(); // the same words again are one question
    this.askedText = text;
    const found = await this.wire.ask("ask", {
      entry_id: this.askedId, item_id: parts["ask-text"].dataset.item, text,
    });
    this.asking = false;
    if (found.status !== 200 || !found.body.asked) {
      parts["ask-error"].textContent = found.body?.error ?? "Not sent: the server cannot be reached. Your words stay here; send them once more in a moment.";
      parts["ask-error"].hidden = false;
      return;
    }
    this.askedText = null;
    parts["ask-text"].value = "";
    parts["ask-dialog"].close();
    this.say("Your question is with the lead. Answer the item, or skip it; the reply comes here and to My work.");
  },

  // What came with the items.
  hearBeside(beside) {
    if (!beside) return;
    this.paceWords = beside.pace;
    this.showLetters(beside.letters);
    this.showRulings(beside.rulings);
    this.showChanged(beside.changed);
  },

  // Items that were asked for before a letter was read may come after it, with that letter once more.
  showLetters(told) {
    const letters = told.filter((letter) => !this.lettersRead?.has(letterKey(letter)));
    this.parts.letters.hidden = !letters.length;
    this.parts.letters.replaceChildren(...letters.map((letter) => {
      const read = make("button", { type: "button" }, "I have read it");
      read.addEventListener("click", () => void this.readLetter(letter));
      return make("div", { class: "cd-letter" },
        make("p", {}, make("strong", {}, `${letter.head}: `),
          make("span", { class: "cd-quiet", dir: "auto" }, letter.question)),
        make("p", { dir: "auto" }, letter.answer), read);
    }));
  },

  async readLetter(letter) {
    const found = await this.wire.ask("seen", { thread: letter.thread });
    if (found.status !== 200 || !found.body.letters) return void this.say("That you read it could not be sent: press it once more in a moment.", true);
    this.lettersRead = (this.lettersRead ?? new Set()).add(letterKey(letter));
    this.showLetters(found.body.letters);
  },

  showRulings(rulings) {
    const { parts } = this;
    parts.rulings.hidden = !rulings.length;
    parts["rulings-summary"].textContent = `Rulings by the lead (${rulings.length})`;
    parts["rulings-list"].replaceChildren(...rulings.map((ruling) =>
      make("li", { dir: "auto" }, ruling.text, make("span", { class: "cd-quiet" }, ` ${ruling.at}`))));
    if (this.rulingCount !== undefined && rulings.length > this.rulingCount) {
      parts.rulings.open = true;
      this.say("The lead has published a ruling: see “Rulings by the lead”.");
    }
    this.rulingCount = rulings.length;
  },

  showChanged(changed) {
    this.parts.changed.hidden = !changed.length;
    this.parts["changed-list"].replaceChildren(...changed.map((sentence) => make("li", { dir: "auto" }, sentence)));
  },

  progressWords() {
    if (this.training) return this.training.words;
    const pace = this.paceWords && this.left ? ` · ${this.paceWords}` : "";
    return `${this.done} done, ${this.left} left${pace}`;
  },
});
