// What the server said to what was sent: saved, taken back, or refused and brought back.

Object.assign(Desk.prototype, {
  // News of the sender.
  heard(news) {
    if (this.ended) return;
    if (news.state === "forgotten") return void this._forgotten(news.count);
    this.away.sending = news.state === "waiting";
    this.errors.sending = news.error ?? (news.state === "stopped" ? "the server refused" : "");
    for (const result of news.results ?? []) this._acknowledged(result);
    if (news.state === "sent" && this.leaving) void this.leave();
    else if (news.state === "sent" && !this.current) void this.fill();
    this.status();
  },

  // The server's database was set back: what it lacks waits here again, and the count of what is saved is less.
  _forgotten(count) {
    this.say(`The server's database was set back. ${plural(count, "answer")} that it lacks ${count === 1 ? "is" : "are"} sent once more.`, true);
    this.status();
  },

  _acknowledged({ operation, saved, explanation }) {
    if (operation.again && saved) return;
    if (explanation) this.explain(explanation);
    if (saved && operation.kind === "submission" && !operation.reason) { this.saved += 1; this.done += 1; }
    if (operation.kind === "undo" && saved) this._undone();
    else if (operation.kind === "undo") this.say("The server could not take the answers back.", true);
    if (saved || operation.kind !== "submission") return;
    this._bringBack(operation);
  },

  _undone() {
    if (this.reload) {
      this.reload = false;
      this.awaiting = true;
      void this.fill();
    } else this.saved = Math.max(0, this.saved - 1);
    if (!this.stack.length) void this.fill();
    this.done = Math.max(0, this.done - 1);
  },

  // Refused answers: the item comes next again, with them and the server's words.
  _bringBack(operation) {
    const sheet = sheetOf(operation.answers, operation.failure_modes, operation.note, operation.evidence);
    const place = this.history.findLastIndex((entry) => keyOf(entry.task) === keyOf(operation));
    this.stack = this.stack.filter((one) => one.id !== operation.submission_id);
    this.outbox.keepDraft(operation, sheet);
    this.explaining = null;
    if (place >= 0) {
      this.queue.unshift(this.history[place].task);
      this.history.splice(place, 1);
      if (this.at > place) this.at -= 1;
      if (!this.current) this.next();
    } else void this.fill();
    this.say("The server did not save an item's answers: it comes next again, nothing is lost.", true);
  },
});
