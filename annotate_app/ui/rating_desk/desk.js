// The desk: what is on the screen, what comes next, what was sent; one instance per mounted component.

const FEW = 2;
const LATER = 250;
const TAKEN_BACK = "Your last answers are taken back: change them and submit again.";

class Desk {
  constructor(root, data, tell) {
    Object.assign(this, { root, data, tell, working: false, form: null, view: null, queue: [], history: [], stack: [] });
    Object.assign(this, { at: 0, current: null, saved: 0, done: 0, left: 0, ahead: 3, last: undefined, fetching: false });
    Object.assign(this, { open: false, written: false, ended: false });
    // What is wrong between here and the server, for asking and for sending apart: one may work without the other.
    Object.assign(this, { away: { asking: false, sending: false }, errors: { asking: "", sending: "" } });
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-cd]")].map((e) => [e.dataset.cd, e]));
    for (const host of data.image_hosts) IMAGE_HOSTS.add(host);
    this.wire = new Wire(data.rater, data.ticket);
    this.outbox = new Outbox(data.study, data.rater);
    this.sender = new Sender(this.wire, this.outbox, (news) => this.heard(news));
    this.singleKeys = this.outbox.setting("single-keys") !== false;
    this.clock = new WorkClock((seconds) => { if (this.shown) this.shown.sheet.seconds += seconds; });
    this.listen();
    this.fillDialogs();
    this._takeTurn(false);
  }

  get offline() { return this.away.asking || this.away.sending; }
  get error() { return this.errors.sending || this.errors.asking; }

  // One tab at a time may answer as this rater: two would send the same item twice.
  _takeTurn(steal) {
    if (!navigator.locks) return void this.start();
    const lock = `calibrant:${this.data.study}:${this.data.rater}`;
    const hold = async (granted) => {
      if (this.ended) return undefined;
      if (!granted) return void this._standBack();
      this.start();
      return new Promise((release) => { this.release = release; });
    };
    navigator.locks.request(lock, steal ? { steal: true } : { ifAvailable: true }, hold)
      .catch(() => this._standBack());
  }

  _standBack() {
    if (this.ended) return;
    this.working = false;
    for (const dialog of this.root.querySelectorAll("dialog[open]")) dialog.close();
    this._retire();
    this.display("other");
  }

  // Another instance answers from the same storage now: write nothing there any more.
  _retire() {
    this.outbox.retired = true;
    this.sender.stop();
  }

  async start() {
    this._retire();
    this.outbox = new Outbox(this.data.study, this.data.rater);
    this.sender = new Sender(this.wire, this.outbox, (news) => this.heard(news));
    this.working = true;
    Object.assign(this, { queue: [], history: [], stack: [], at: 0, current: null });
    this.status();
    await this.wire.post("sign-in", { ticket: this.wire.ticket });
    this.sender.wake();
    await this.fill();
  }

  // Ask for items until enough are ahead; one request at a time.
  async fill() {
    this.again = this.fetching;
    if (this.fetching || !this.working) return;
    this.fetching = true;
    clearTimeout(this.refill);
    const quiet = this.outbox.waiting ? null : this.saved;
    const mine = [this.current?.task, ...this.queue].filter(Boolean);
    const held = [...mine.map(heldOf), ...this.outbox.held()];
    const found = await this.wire.ask("items", { count: 3, held, rubric_sha256: this.form?.sha256 ?? null });
    this.fetching = false;
    if (this.ended || !this.working) return;
    if (found.status !== 200) return void this._notFilled(found);
    // What the server knows of earlier answers, unless some were under way while it looked: then we know better.
    const { done, left, last } = found.body;
    if (quiet === this.saved && !this.outbox.waiting) Object.assign(this, { done, left, last });
    this._filled(found.body);
    if (this.again) void this.fill();
  }

  _notFilled(found) {
    this.away.asking = found.status === 0 || found.status >= 500;
    this.errors.asking = found.body?.error ?? (this.away.asking ? "" : `the server answered ${found.status}`);
    if (!this.current) this.display("empty", this.away.asking ? "The next item comes when the server can be reached." : this.error);
    this.status();
    this.refill = setTimeout(() => this.fill(), 1000);
  }

  _filled(body) {
    this.away.asking = false;
    this.errors.asking = "";
    this.ahead = body.ahead;
    this.sender.meet(body.process);
    this.heardTraining(body.training);
    this.hearBeside(body.beside);
    if (body.form) this._newForm(body.form);
    const known = new Set([this.current?.task, ...this.queue].filter(Boolean).map(keyOf));
    for (const held of this.outbox.held()) known.add(keyOf(held));
    const fresh = body.tasks.filter((task) => !known.has(keyOf(task)));
    const first = fresh.filter((task) => task.previous || this.outbox.draft(task) || this.outbox.refusal(task));
    this.queue = [...first, ...this.queue, ...fresh.filter((task) => !first.includes(task))];
    if (this.awaiting && first[0]?.previous) {
      this.awaiting = false;
      this.say(TAKEN_BACK);
      if (this.current) this.queue.splice(1, 0, this.current.task);
      this.current = null;
    }
    for (const task of fresh) prepare(task);
    // Whoever looks at an earlier item is not taken away from it.
    if (!this.current && !this.explaining && !this.looksBack()) this.next();
    if (!this.current) clearTimeout(this.refill); // this was the answer: asking again at once would never end
    if (fresh.length && this.queue.length < this.ahead) this.fill();
    this.status();
  }

  _newForm(form) {
    const changed = this.form !== null;
    this.form = form;
    this.view = new FormView(this.parts.form, form, this);
    this.parts.instructions.hidden = !form.instructions;
    this.parts["instructions-text"].replaceChildren(safeFragment(form.instructions));
    if (changed) this.say("The rubric has changed: please look at its wording again.", true);
    if (changed && this.current) this.view.build(this.current.task, this.current.sheet);
  }

  // The next item, from what is here already: nothing is waited for.
  next() {
    const task = this.queue.shift();
    this.current = task ? { task, sheet: this._sheetFor(task) } : null;
    this.at = this.history.length;
    if (!task) this.showSteps();
    if (task) this.show(this.current);
    else this.display("empty", this.offline ? "The next item comes when the server can be reached."
      : this.fetching ? "Loading the next item …" : this.nothingWords());
    clearTimeout(this.refill);
    // After what was just sent is on the disk, unless little is left here.
    if (this.queue.length < this.ahead) this.refill = setTimeout(() => this.fill(), this.queue.length > FEW ? LATER : 0);
  }

  _sheetFor(task) {
    const draft = this.outbox.draft(task);
    if (draft) return newSheet(draft);
    return task.previous ? sheetOf(task.previous, task.failure_modes, task.note, task.evidence) : newSheet();
  }

  show(entry) {
    this.keepPlace();
    this.shown = entry;
    this.clock.restart();
    this.display("body");
    this.view.build(entry.task, entry.sheet);
    this.view.mark(Math.max(0, this.view.visible().findIndex(
      (row) => row.question?.required && !answered(entry.sheet.answers[row.name]))));
    this.parts.body.classList.toggle("cd-pair", entry.task.pair);
    showItem(this.parts.item, entry.task, this);
    this.toPlace(entry.task);
    this.markEvidence();
    this.view.toMarked();
    this.parts.missing.hidden = true;
    this._showRefusal(entry.task);
    this.showSteps();
    const focused = document.activeElement;
    if (focused && this.root.contains(focused) && focused.closest("[data-cd=form]")) focused.blur();
    this.root.dataset.shown = String(Number(this.root.dataset.shown ?? 0) + 1);
  }

  _showRefusal(task) {
    const refusal = this.outbox.refusal(task);
    if (!refusal) return;
    const words = refusal.problems.map((p) => (p.criterion ? `${p.criterion}: ` : "") + p.message).join("; ");
    this.missing(`The server did not save these answers: ${words}. Change them and submit again.`);
    this.view.problems(refusal.problems.map((p) => ({ name: p.criterion, message: p.message })));
  }

  // An answer changed: keep the draft, go on to the next question when it came from a choice.
  edited(row = null) {
    this.clock.tick();
    this.shown.sheet.changed = true;
    this.dropping = null;
    if (this.shown === this.current) this.outbox.keepDraft(this.shown.task, this.shown.sheet);
    this.view.refresh();
    this.markEvidence();
    if (row) this.view.mark(this.view.visible().indexOf(row) + 1, { focus: true });
    this.status();
  }

  submit() {
    const found = missing(this.form, this.shown.sheet);
    if (found.length) return void this._nameMissing(found);
    const answers = given(this.form, this.shown.sheet);
    if (!answers.length) return void this.missing("Not saved yet. Answer at least one question, or skip the item.");
    this.send(answers);
  }

  _nameMissing(found) {
    const named = found.map((p) => this.form.questions.find((q) => q.name === p.name).question);
    this.missing(`Not saved yet. Look again at: ${named.join("; ")}`);
    this.view.problems(found);
    const row = this.view.markName(found[0].name, { focus: true });
    if (found[0].why) this.view.showWhy(row, { focus: true });
  }

  missing(words) {
    this.parts.missing.textContent = words;
    this.parts.missing.hidden = !words;
  }

  // Into the outbox first, then on its way, then the next item: the outbox is what counts.
  send(answers) {
    this.clock.settle();
    const entry = this.shown;
    const earlier = entry !== this.current;
    if (earlier && !entry.sheet.changed && answers[0]?.status !== "skipped") return void this.turn(1);
    const reason = earlier ? "changed by the rater" : null;
    this.outbox.add(submission(this.form, entry.task, entry.sheet, answers, reason));
    this.outbox.dropDraft(entry.task);
    this.outbox.settle(entry.task);
    this.sender.wake();
    if (entry.task.purpose === "training") return void this.awaitExplanation(entry);
    this.stack.push({ id: entry.sheet.id, entry });
    const kept = { ...copyOf(entry.sheet), id: newId(), changed: false, seconds: 0 };
    if (earlier) {
      Object.assign(entry, { sheet: kept, sent: copyOf(kept) });
      this.turn(1);
      return void this.status();
    }
    this.history.push({ task: entry.task, sheet: kept, sent: copyOf(kept) });
    this.stack.at(-1).entry = this.history.at(-1);
    this.left = Math.max(0, this.left - 1);
    this.next();
    this.status();
    this.announce(this.current ? "Next item" : "No item left");
  }
}
