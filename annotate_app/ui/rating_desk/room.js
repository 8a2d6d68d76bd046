// The room around the item: buttons, dialogs, what is said, and how one leaves.

Object.assign(Desk.prototype, {
  listen() {
    const acts = {
      back: () => this.turn(-1), forward: () => this.turn(1), undo: () => this.undo(), expand: () => this.toggleOpen(),
      written: () => this.toggleWritten(), keys: () => this.showKeys(), plain: () => this.toPlain(),
      leave: () => this.leave(), submit: () => this.submit(), skip: () => this.askSkip(), look: () => this.fill(),
      here: () => this._takeTurn(true), find: () => this.toggleFind(), quote: () => this.quote(),
      earlierplace: () => this.step(-1), laterplace: () => this.step(1),
      explained: () => this.explained(), trainAgain: () => this.trainAgain(), ask: () => this.ask(),
      sendquestion: () => this.sendQuestion(),
    };
    this.parts["ask-text"].addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void this.sendQuestion();
    });
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-cd-do]");
      if (button && this.root.contains(button)) acts[button.dataset.cdDo]();
    });
    this.listenForSelections();
    this.listenForFind();
    this.tips = new Tips(this.root);
    this.keyboard = new Keyboard(this);
    this.warn = (event) => { if (this.unsafe()) event.preventDefault(); };
    this.wake = () => { if (!this.ended) { this.sender.wake(); if (!this.current) void this.fill(); } };
    this.seen = () => { if (!document.hidden) this.wake(); };
    this.hide = () => { this.keepPlace(); this.outbox.storePlaces(); this.giveBack(); };
    this.back = (event) => { if (event.persisted) void this.fill(); };
    this.guard = new MutationObserver(() => this.closeStreamlitsDialog());
    this.guard.observe(document.body, { childList: true });
    window.addEventListener("beforeunload", this.warn);
    window.addEventListener("online", this.wake);
    window.addEventListener("pagehide", this.hide);
    window.addEventListener("pageshow", this.back);
    document.addEventListener("visibilitychange", this.seen);
  },

  // Streamlit covers the page when its server is away; here one can go on, and the desk says what is true.
  closeStreamlitsDialog() {
    for (const dialog of document.querySelectorAll("[role=dialog]:not(.cd *)")) {
      if ((this.shown || this.explaining) && /connection error/i.test(dialog.textContent)) dialog.querySelector("[aria-label=Close]")?.click();
    }
  },

  // Something would be lost with this tab, or is not on the server yet.
  unsafe() {
    const draft = this.current?.sheet.changed && !this.outbox.kept;
    return this.working && (this.outbox.waiting > 0 || draft || Boolean(this.changedEarlier()));
  },

  fillDialogs() {
    const { parts } = this;
    parts.rater.textContent = this.data.rater;
    parts["skip-reasons"].replaceChildren(...SKIP_REASONS.map((reason, k) => choiceOf("cd-skip", k, reason, false)));
    parts["skip-dialog"].addEventListener("keydown", (event) => pickByDigit(event, parts["skip-reasons"]));
    whenChosen(parts["skip-dialog"], "skip", () => this.skip());
    parts["keys-rows"].replaceChildren(...KEY_ROWS.map(([keys, words]) =>
      make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, words))));
    parts["single-keys"].checked = this.singleKeys;
    parts["single-keys"].addEventListener("change", () => {
      this.singleKeys = parts["single-keys"].checked;
      this.outbox.setting("single-keys", this.singleKeys);
      this.root.classList.toggle("cd-no-keys", !this.singleKeys);
    });
    this.root.classList.toggle("cd-no-keys", !this.singleKeys);
  },

  move(by) { this.view.mark(this.view.current + by, { focus: true }); },

  toModes() {
    if (!this.form.failure_modes.length) return false;
    this.view.markName("", { focus: true });
    return true;
  },

  choosePair(side) {
    const row = this.view.row();
    if (row?.question?.kind !== "pairwise") return false;
    return this.view.choose(row, row.choices.findIndex((choice) => choice.value === side));
  },

  // From its first key: where the sheet is taller than the window, the button's focus would scroll past them.
  showKeys() {
    this.parts["keys-dialog"].showModal();
    this.parts["keys-dialog"].scrollTop = 0;
  },

  askSkip() {
    const dialog = this.parts["skip-dialog"];
    for (const input of dialog.querySelectorAll("[type=radio]")) input.checked = false;
    dialog.showModal();
    dialog.querySelector("input").focus();
  },

  skip() {
    const dialog = this.parts["skip-dialog"];
    const words = this.parts["skip-words"].value.trim();
    const reason = dialog.querySelector("input:checked").value;
    this.parts["skip-words"].value = "";
    this.send(skipped(this.form, words ? `${reason}: ${words}` : reason));
  },

  toggleOpen() {
    this.open = !this.open;
    this.pressed("expand", this.open);
    expandItem(this.parts.item, this.open);
  },

  toggleWritten() {
    this.written = !this.written;
    this.pressed("written", this.written);
    if (!this.shown) return;
    showItem(this.parts.item, this.shown.task, this);
    this.markEvidence();
  },

  // Where the rater was in each item's texts, for coming back to it and for reloads.
  keepPlace() {
    if (!this.shown || this.outbox.retired) return;
    this.outbox.keepPlace(this.shown.task, boxesOf(this.parts.item).map((box) => Math.round(box?.scrollTop ?? 0)));
  },

  toPlace(task) {
    const kept = this.outbox.place(task) ?? [];
    boxesOf(this.parts.item).forEach((box, k) => { if (box) box.scrollTop = kept[k] ?? 0; });
  },

  pressed(name, on) {
    this.root.querySelector(`[data-cd-do="${name}"]`).setAttribute("aria-pressed", String(on));
  },

  // Which of the page's faces is shown.
  display(face, words = "") {
    this.root.hidden = false;
    if (words) this.parts["empty-words"].textContent = words;
    for (const name of ["other", "empty", "body", "explanation"]) this.parts[name].hidden = name !== face;
    this.parts.tools.hidden = face === "other"; // nothing that is done there would be sent
    if (face !== "body") this.shown = null;
  },

  // Only what is known: saved means acknowledged after it was on the server's disk.
  status() {
    const { outbox, parts } = this;
    const words = [`saved ${this.saved}`, `waiting ${outbox.waiting}`];
    if (outbox.refused) words.push(`not accepted ${outbox.refused}`);
    parts.saved.textContent = words.join(" · ");
    parts.saved.classList.toggle("cd-waiting", outbox.waiting > 0 || outbox.refused > 0);
    parts.progress.textContent = this.progressWords();
    const trouble = this.lineWords();
    if (!outbox.kept) trouble.push("This browser keeps no copy (storage is full or off): do not close this tab while something waits.");
    if (this.leaving && outbox.waiting) trouble.push(`${plural(outbox.waiting, "answer")} still waiting: leaving when the server has them.`);
    if (trouble.length) this.say(trouble.join(" "), true, true);
    else if (this.troubled) this.say("");
  },

  // What is wrong between here and the server, what becomes of the answers, and what the rater can do.
  lineWords() {
    const { waiting } = this.outbox;
    if (!this.error && !this.offline) return [];
    const why = this.error ? this.error[0].toUpperCase() + this.error.slice(1) : "The server cannot be reached";
    const words = [`${why}.`];
    if (this.offline && this.shown) words.push("You can go on.");
    if (waiting) words.push(`${plural(waiting, "answer")} waiting in this browser${this.offline ? ": sent as soon as the server is back" : ""}.`);
    else if (this.offline && this.shown) words.push("What you answer is kept in this browser and sent as soon as the server is back.");
    if (this.offline && !this.shown && !this.leaving) words.push("Leave this page open: the next item comes by itself.");
    return words;
  },

  say(words, serious = false, trouble = false) {
    this.troubled = trouble;
    this.parts.notice.textContent = words;
    this.parts.notice.hidden = !words;
    this.parts.notice.classList.toggle("cal-missing", serious);
  },

  announce(words) {
    const waiting = this.outbox.waiting ? `, ${this.outbox.waiting} waiting` : "";
    this.parts.live.textContent = `${words}. ${this.saved} saved${waiting}.`;
    if (!this.troubled) this.say("");
  },

  // Reservations go back to the queue, but for what is half answered or still waits here.
  giveBack() {
    if (!this.working) return;
    const keep = this.outbox.held();
    if (this.current?.sheet.changed) keep.push(heldOf(this.current.task));
    void this.wire.post("release", { keep }, { keepalive: true });
  },

  async leave() {
    if (!this.leaving && this.keepsChange()) return;
    this.leaving = true;
    if (this.outbox.waiting) {
      this.status();
      return void this.sender.wake();
    }
    const found = await this.wire.post("sign-out", { keep: [] });
    if (found.status === 0 || found.status >= 500) { // the page could not be left: a desk that has ended would stay, and keep nothing
      this.leaving = false;
      return void this.say("Not left yet: the server cannot be reached. Nothing waits to be sent: close this page, or press Done for now once more in a moment.", true);
    }
    if (!this.outbox.refused && !this.current?.sheet.changed) this.outbox.wipe();
    this.working = false; // signed out: nothing is reserved any more
    this.end();
    this.tell("left", true);
  },

  toPlain() {
    if (this.keepsChange()) return;
    if (this.offline) return void this.say("The plain page needs the server: try again when it can be reached. Here you can go on.", true, true);
    this.giveBack();
    this.tell("plain", true);
  },

  // Unmounted: what waits is still sent; storage belongs to whoever comes next.
  end() {
    if (this.ended) return;
    this.giveBack();
    this.ended = true;
    this.working = false;
    this.outbox.retired = true;
    this.keyboard.stop();
    this.guard.disconnect();
    this.clock.stop();
    document.removeEventListener("selectionchange", this.selected);
    this.release?.();
    window.removeEventListener("beforeunload", this.warn);
    window.removeEventListener("online", this.wake);
    window.removeEventListener("pagehide", this.hide);
    window.removeEventListener("pageshow", this.back);
    document.removeEventListener("visibilitychange", this.seen);
  },
});
