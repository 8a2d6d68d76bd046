// Training at the desk: after each training item its gold answers with their reasons, before the next item comes.

Object.assign(Desk.prototype, {
  // A training answer is on its way: nothing else is shown until its explanation is here.
  awaitExplanation(entry) {
    this.history = this.history.filter((one) => one.task.purpose !== "training");
    this.current = null;
    this.explaining = { item: entry.task.item_id, shown: false };
    this.parts["explanation-words"].textContent = "Your answers are on their way; the gold answers come next.";
    this.parts["explanation-rows"].replaceChildren();
    this.parts["explanation-next"].disabled = true;
    this.parts["explanation-again"].hidden = false;
    this.parts["explanation-again"].open = false;
    showItem(this.parts["explanation-item"], entry.task, { written: this.written, open: this.open });
    this.display("explanation");
    this.status();
  },

  // The server has the answers and says what the gold ones are.
  explain(explanation) {
    if (this.explaining?.item !== explanation.item_id) this.parts["explanation-again"].hidden = true;
    this.explaining = { item: explanation.item_id, shown: true };
    this.parts["explanation-words"].textContent = explanation.words;
    this.parts["explanation-rows"].replaceChildren(...explanation.lines.map((line) => make("tr", {},
      make("th", { scope: "row", dir: "auto" }, line.question), make("td", { dir: "auto" }, line.given),
      make("td", { dir: "auto" }, line.gold, line.right ? " ✓" : " ✗",
        make("span", { class: "cd-hidden" }, line.right ? " (the same)" : " (not the same)")),
      make("td", { dir: "auto" }, line.why))));
    this.parts["explanation-next"].disabled = false;
    this.display("explanation");
    // After the frame: until then the browser may take the focus from where it was before.
    requestAnimationFrame(() => setTimeout(() => this.parts["explanation-next"].focus(), 0));
    this.announce(`Gold answers: ${explanation.words}`);
    void this.fill();
  },

  // Read: the next item, or how the round ended.
  explained() {
    if (!this.explaining?.shown) return;
    this.explaining = null;
    this.parts["explanation-item"].replaceChildren();
    if (this.current) this.show(this.current);
    else this.next();
    this.status();
  },

  // What the items came with: where this rater stands with training; null when nothing stands before the queue.
  heardTraining(training) {
    if (this.training?.phase === "open" && !training) this.say("The training round is passed. Real items come from here on.");
    this.training = training;
    this.parts["train-again"].hidden = training?.phase !== "failed";
  },

  nothingWords() {
    return this.training?.nothing ?? "Nothing is left to rate for you now. Thank you.";
  },

  async trainAgain() {
    const found = await this.wire.ask("training", {});
    if (found.status !== 200) return void this.say("Another round could not be begun: try again in a moment.", true);
    this.heardTraining(found.body.training);
    this.say("");
    void this.fill();
  },
});
