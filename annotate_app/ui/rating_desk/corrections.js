// Going back, correcting and undoing: what the screen shows of an earlier item is what was sent, or it is said.

Object.assign(Desk.prototype, {
  // Back and forth among this session's items; the present one keeps its draft.
  turn(by) {
    const to = this.at + by;
    if (to < 0 || to > this.history.length) return;
    if (to === this.history.length && !this.current) return void this._toEmpty();
    if (this.keepsChange()) return;
    this.clock.settle();
    this.at = to;
    this.show(to === this.history.length ? this.current : this.history[to]);
    this.announce(to === this.history.length ? "Present item" : `Earlier item ${to + 1}`);
  },

  // Behind the last item there is nothing yet.
  _toEmpty() {
    if (this.keepsChange()) return;
    this.clock.settle();
    this.next();
  },

  // A change of an earlier item that was not submitted: named once, put back when one leaves all the same.
  keepsChange() {
    const entry = this.changedEarlier();
    if (!entry) return false;
    if (this.dropping !== entry) {
      this.dropping = entry;
      this.missing("This change is not saved. Submit saves it; leaving the item once more drops it.");
      return true;
    }
    this.dropping = null;
    entry.sheet = copyOf(entry.sent);
    return false;
  },

  looksBack() { return Boolean(this.shown) && this.at < this.history.length; },

  changedEarlier() {
    const entry = this.shown;
    return entry && entry !== this.current && entry.sheet.changed ? entry : null;
  },

  // Where one is among this session's items, and which way one can go.
  showSteps() {
    const earlier = this.at < this.history.length;
    this.parts.earlier.hidden = !earlier;
    this.parts.earlier.textContent = earlier
      ? `Earlier item ${this.at + 1} of ${this.history.length}: change an answer and submit to correct it.` : "";
    this.root.querySelector('[data-cd-do="back"]').disabled = this.at === 0;
    this.root.querySelector('[data-cd-do="forward"]').disabled = !earlier;
  },

  // Take back what was sent last; the item comes back with its answers.
  undo() {
    if (this.keepsChange()) return;
    const last = this.stack.pop();
    if (!last) return void this._undoEarlier();
    const place = this.history.indexOf(last.entry);
    this.outbox.add({ kind: "undo", submission_id: last.id });
    this.last = undefined; // asked again when this is settled
    this.history.splice(place, 1);
    this.stack = this.stack.filter((one) => one.entry !== last.entry);
    if (this.current) this.queue.unshift(this.current.task);
    this.current = { task: last.entry.task, sheet: { ...last.entry.sheet, id: newId(), changed: true } };
    this.outbox.keepDraft(this.current.task, this.current.sheet);
    this.at = this.history.length;
    this.left += 1;
    this.show(this.current);
    this.sender.wake();
    this.say(TAKEN_BACK);
    this.status();
  },

  // Before this session: the newest item that the server has from this rater.
  _undoEarlier() {
    if (this.outbox.waiting || this.last === undefined) {
      void this.fill();
      return void this.say("Not yet: what was done last is still on its way. Try again in a moment.");
    }
    if (!this.last) return void this.say("Nothing to undo.");
    this.outbox.add({ kind: "undo", submission_id: this.last });
    this.last = undefined;
    this.reload = true;
    this.sender.wake();
    this.say("Taking your last answers back …");
  },
});
