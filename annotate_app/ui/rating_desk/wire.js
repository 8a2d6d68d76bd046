// Talking to our own server: one request at a time per kind, patient, and never sure before the answer is here.

const AT_ONCE = 20;
const PATIENCE = 20000;
const LONGEST_WAIT = 8000;
const REMEMBERED = 500; // operations that can be sent once more when the server's database was set back
const MEETINGS = 3; // in a row; then the page sends to whoever answers

const idOf = (operation) => (operation.kind === "undo" ? `undo:${operation.submission_id}` : operation.submission_id);

// Half a character (a note cut within an emoji) is no text that can be kept: it becomes a replacement character.
const HALF = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;
const wellFormed = (message) => JSON.stringify(message).replace(HALF, "$1\ufffd");

class Wire {
  constructor(rater, ticket) {
    this.rater = rater;
    this.ticket = ticket;
  }

  // {status, body}; status 0 means that nothing is known: offline, restarted, cut.
  async post(path, message, { keepalive = false } = {}) {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), PATIENCE);
    try {
      const response = await fetch(`/desk/${path}`, {
        method: "POST", credentials: "same-origin", keepalive, signal: cut.signal, cache: "no-store",
        headers: { "content-type": "application/json", "x-calibrant-rater": encodeURIComponent(this.rater) },
        body: wellFormed(message),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return { status: 0, body: null };
    } finally { clearTimeout(timer); }
  }

  // The same, signing in once when the cookie is missing.
  async ask(path, message) {
    const found = await this.post(path, message);
    if (found.status !== 401) return found;
    const signed = await this.post("sign-in", { ticket: this.ticket });
    if (signed.status !== 200) return signed.status ? { status: 401, body: signed.body } : signed;
    return this.post(path, message);
  }
}

class Sender {
  // `heard` is told of every change: {state, results?, error?}.
  constructor(wire, outbox, heard) {
    Object.assign(this, { wire, outbox, heard, busy: false, tries: 0, timer: 0, most: AT_ONCE, stopped: false });
    Object.assign(this, { process: null, remembered: [], strange: false, meetings: 0 });
  }

  // Who answers. Another process than before may have another database: it is asked what it knows.
  meet(process) {
    this.strange = this.process !== null && process !== this.process;
    if (this.strange) this.wake();
    else this.process = process;
  }

  wake() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.busy && !this.stopped) this._drain();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async _drain() {
    this.busy = true;
    while ((this.outbox.waiting || this.strange) && !this.stopped) {
      if (this.strange && !await this._reacquaint()) break;
      if (!this.outbox.waiting) continue;
      const batch = this.outbox.operations.slice(0, this.most);
      const sent = batch.map(({ again, ...rest }) => rest);
      const process = this.meetings < MEETINGS ? this.process : null;
      const found = await this.wire.ask("submissions", { rater: this.wire.rater, operations: sent, process });
      if (found.status === 200 && found.body.results) this._settled(batch, found.body.results);
      else if (found.status === 200) this.strange = true;
      else if (!this._recovered(found, batch)) break;
    }
    this.busy = false;
  }

  // What was acknowledged and is not known any more goes first, in its order, and nothing goes before it.
  async _reacquaint() {
    this.meetings += 1;
    const found = await this.wire.ask("known", { ids: this.remembered.map(idOf) });
    if (found.status !== 200) {
      this._recovered(found, []);
      return false;
    }
    const unknown = new Set(found.body.unknown);
    const again = this.remembered.filter((one) => unknown.has(idOf(one)));
    this.remembered = this.remembered.filter((one) => !unknown.has(idOf(one)));
    this.process = found.body.process;
    this.strange = false;
    if (again.length) this.outbox.putFirst(again.map((one) => ({ ...one, again: true })));
    if (again.length) this.heard({ state: "forgotten", count: again.length });
    return true;
  }

  // Training answers were explained: they are not asked for again. Taking back what stood no more left nothing.
  _remember(operation, result) {
    if (operation.purpose === "training" || (operation.kind === "undo" && result.revision === undefined)) return;
    this.remembered = [...this.remembered, operation].slice(-REMEMBERED);
  }

  _settled(batch, results) {
    this.tries = 0;
    this.meetings = 0;
    this.most = AT_ONCE;
    batch.forEach((operation, k) => {
      if (!results[k].saved && operation.kind === "submission") this.outbox.refuse(operation, results[k].problems);
      if (results[k].saved) this._remember(operation, results[k]);
      this.outbox.remove(operation.kind, operation.submission_id);
    });
    this.heard({ state: "sent", results: batch.map((operation, k) => ({ operation, ...results[k] })) });
  }

  // True: go on at once; false: wait, or stop for good.
  _recovered(found, batch) {
    const tooMuch = found.status === 413 || found.status === 422;
    if (tooMuch && batch.length > 1) {
      this.most = 1;
      return true;
    }
    if (tooMuch) {
      const problems = [{ criterion: "", message: found.body?.error ?? "the server cannot read this" }];
      this._settled(batch, [{ saved: false, problems }]);
      return true;
    }
    this.heard({ state: found.status === 0 || found.status >= 500 ? "waiting" : "stopped", error: found.body?.error });
    this._later();
    return false;
  }

  _later() {
    const wait = Math.min(LONGEST_WAIT, 300 * 2 ** this.tries) * (0.75 + Math.random() / 2);
    this.tries = Math.min(this.tries + 1, 10);
    this.timer = setTimeout(() => this.wake(), wait);
  }
}
