// What is not yet on the server's disk: operations, drafts and refusals, kept in this browser's local storage.
// The memory copy counts; storage is for reloads and crashes. When storage fails, the rater is told.

const MOST_PLACES = 50;

class Outbox {
  constructor(study, rater) {
    this.prefix = `calibrant:1:${study}:${encodeURIComponent(rater)}:`;
    this.failing = new Set();
    this.retired = false;
    this.operations = this._read("outbox", []);
    this.drafts = this._read("drafts", {});
    this.refusals = this._read("refusals", {});
    this.places = this._read("places", {});
    const waiting = new Set(this.operations.map((operation) => operation.submission_id));
    for (const [key, draft] of Object.entries(this.drafts)) if (waiting.has(draft.id)) delete this.drafts[key];
  }

  add(operation) {
    this.operations.push(operation);
    this._write("outbox", this.operations);
  }

  putFirst(operations) {
    this.operations = [...operations, ...this.operations];
    this._write("outbox", this.operations);
  }

  // Acknowledged or refused: no longer waiting.
  remove(kind, id) {
    this.operations = this.operations.filter((one) => one.kind !== kind || one.submission_id !== id);
    this._write("outbox", this.operations);
  }

  draft(task) { return this.drafts[keyOf(task)] ?? null; }

  keepDraft(task, sheet) {
    this.drafts[keyOf(task)] = sheet;
    this._write("drafts", this.drafts);
  }

  dropDraft(task) {
    if (!(keyOf(task) in this.drafts)) return;
    delete this.drafts[keyOf(task)];
    this._write("drafts", this.drafts);
  }

  place(task) { return this.places[keyOf(task)] ?? null; }

  // Kept in memory at once; the last ones go to storage with the page.
  keepPlace(task, place) {
    delete this.places[keyOf(task)];
    this.places[keyOf(task)] = place;
    const names = Object.keys(this.places);
    if (names.length > MOST_PLACES) delete this.places[names[0]];
  }

  storePlaces() { this._write("places", this.places); }

  refuse(operation, problems) {
    this.refusals[keyOf(operation)] = { operation, problems };
    this._write("refusals", this.refusals);
  }

  refusal(task) { return this.refusals[keyOf(task)] ?? null; }

  settle(task) {
    if (!(keyOf(task) in this.refusals)) return;
    delete this.refusals[keyOf(task)];
    this._write("refusals", this.refusals);
  }

  get kept() { return this.failing.size === 0; }
  get waiting() { return this.operations.length; }
  get refused() { return Object.keys(this.refusals).length; }

  // Items whose answers wait here: the server must not offer them again.
  held() {
    return this.operations.filter((one) => one.kind === "submission").map(heldOf);
  }

  wipe() {
    for (const name of ["outbox", "drafts", "refusals", "places"]) localStorage.removeItem(this.prefix + name);
  }

  setting(name, value) {
    const key = `calibrant:1:${name}`;
    try {
      if (value !== undefined) localStorage.setItem(key, JSON.stringify(value));
      return JSON.parse(localStorage.getItem(key));
    } catch { return value ?? null; }
  }

  _read(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name)) ?? otherwise;
    } catch { this.failing.add(name); return otherwise; }
  }

  _write(name, value) {
    if (this.retired) return;
    try {
      if (Object.keys(value).length) localStorage.setItem(this.prefix + name, JSON.stringify(value));
      else localStorage.removeItem(this.prefix + name);
      this.failing.delete(name);
    } catch { this.failing.add(name); }
  }
}
