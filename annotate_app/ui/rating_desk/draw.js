// The rubric on the screen: built once per item, then kept in step with the sheet.

class FormView {
  // `changed(name)` is called after each answer given with the mouse or in a text field.
  constructor(place, form, desk) {
    Object.assign(this, { place, form, desk, rows: [], current: 0, task: null, sheet: null });
  }

  build(task, sheet) {
    Object.assign(this, { task, sheet, current: 0 });
    this.rows = this.form.questions.map((question, k) => this._row(question, k));
    const parts = this.rows.map((row) => row.element);
    if (this.form.failure_modes.length) {
      this.rows.push(this._modes());
      parts.push(this.rows.at(-1).element);
    }
    this.note = make("textarea", { rows: 2, maxlength: 20000 });
    this.note.value = sheet.note;
    this.note.addEventListener("input", () => { sheet.note = this.note.value; this.desk.edited(); });
    parts.push(make("label", { class: "cd-wide" }, "Note (optional)", this.note));
    this.place.replaceChildren(...parts);
    this.refresh();
  }

  visible() { return this.rows.filter((row) => !row.element.hidden); }
  row() { return this.visible()[Math.min(this.current, this.visible().length - 1)]; }

  mark(index, { focus = false } = {}) {
    const rows = this.visible();
    this.current = Math.max(0, Math.min(index, rows.length - 1));
    rows.forEach((row, k) => row.element.classList.toggle("cd-current", k === this.current));
    const row = rows[this.current];
    if (row) row.fresh = true;
    if (row && focus) row.element.scrollIntoView({ block: "nearest" });
    return row;
  }

  // The marked question into sight inside the rubric's own box; the page stays where it is.
  toMarked() {
    const box = this.place.closest(".cd-rubric");
    box.scrollTop = 0;
    if (this.current) box.scrollTop = this.row().element.getBoundingClientRect().top - box.getBoundingClientRect().top;
  }

  markName(name, options) {
    return this.mark(this.visible().findIndex((row) => row.name === name), options);
  }

  refresh() {
    const shown = new Set(asked(this.form, this.sheet).map((question) => question.name));
    for (const row of this.rows) {
      if (row.question) row.element.hidden = !shown.has(row.name);
      row.refresh();
    }
    this.mark(this.current);
  }

  problems(found) {
    for (const row of this.rows) {
      if (!row.problem) continue;
      const mine = found.find((problem) => problem.name === row.name);
      row.problem.textContent = mine ? mine.message : "";
      row.problem.hidden = !mine;
    }
  }

  answerOf(name) { return (this.sheet.answers[name] ??= {}); }

  // Choose by place on the screen (from 0); true when there is such a choice.
  choose(row, place) {
    if (row.modes) {
      const mode = this.form.failure_modes[place];
      if (mode) this._toggleMode(mode.name);
      return Boolean(mode);
    }
    const choice = row.choices[place];
    if (!choice) return false;
    Object.assign(this.answerOf(row.name), { value: asStored(this.task, choice.value), na: false });
    this.desk.edited(row);
    return true;
  }

  notApplicable(row) {
    if (!row.question?.not_applicable) return false;
    Object.assign(this.answerOf(row.name), { value: null, na: true, typed: "" });
    this.desk.edited(row);
    return true;
  }

  type(row, text) {
    const words = text.trim().replace(",", ".");
    const number = words === "" || Number.isNaN(Number(words)) ? null : Number(words);
    Object.assign(this.answerOf(row.name), { value: number, typed: words, na: false });
    this.desk.edited();
  }

  showWhy(row, { focus = false } = {}) {
    if (!row.why) return;
    row.why.parentElement.hidden = false;
    row.whyButton.hidden = true;
    if (!focus) return;
    row.why.focus();
    row.why.scrollIntoView({ block: "nearest" });
  }

  // Sure, then unsure, then sure again: of the marked question, or of the one answered just before.
  toggleSure() {
    const rows = this.visible();
    const row = [rows[this.current], rows[this.current - 1]]
      .find((one) => one?.sure && answered(this.sheet.answers[one.name]));
    if (!row) return false;
    const answer = this.answerOf(row.name);
    answer.sure = answer.sure !== true;
    this.desk.edited();
    return true;
  }

  // The levels of the row, or of a failure mode's row, opened and closed by key.
  toggleMeanings(row) {
    const fold = row?.element.querySelector(".cal-levels");
    if (!fold) return false;
    fold.open = !fold.open;
    if (fold.open) fold.scrollIntoView({ block: "nearest" });
    return true;
  }

  _toggleMode(name) {
    const modes = this.sheet.modes;
    this.sheet.modes = modes.includes(name) ? modes.filter((one) => one !== name) : [...modes, name];
    this.desk.edited();
  }

  _row(question, k) {
    const row = { name: question.name, question, choices: question.choices, inputs: [] };
    const optional = question.required ? null : make("span", { class: "cal-host" }, " (optional)");
    const group = `cd-${k}-${this.sheet.id}`;
    row.problem = make("p", { class: "cal-missing", hidden: true, id: `${group}-problem` });
    row.element = make("fieldset", { class: "cd-row", "aria-describedby": `${group}-problem` },
      make("legend", { class: "cal-question", dir: "auto" }, question.question, optional),
      question.help ? make("p", { class: "cal-hint", dir: "auto" }, question.help) : null, row.problem);
    const choices = make("div", { class: "cd-choices" });
    question.choices.forEach((choice, place) => choices.append(
      this._radio(row, group, choice.label, choice.key, () => this.choose(row, place), this._meaning(question, choice, group))));
    if (question.kind === "interval") choices.append(this._number(row, question, group));
    if (question.not_applicable) {
      choices.append(this._radio(row, group, "Not applicable", "n", () => this.notApplicable(row)));
    }
    row.quotes = make("ul", { class: "cd-quotes", "aria-label": "Evidence" });
    row.element.append(choices, row.quotes);
    this._reason(row);
    if (question.ask_sure) row.element.append(this._sure(row, group));
    const meanings = this._meanings(question, group);
    if (meanings) row.element.append(meanings);
    row.element.addEventListener("pointerdown", () => this.mark(this.visible().indexOf(row)));
    row.element.addEventListener("focusin", () => this.mark(this.visible().indexOf(row)));
    row.refresh = () => this._refreshRow(row);
    return row;
  }

  _radio(row, group, label, key, chosen, meaning = null) {
    const input = make("input", { type: "radio", name: group, "aria-describedby": meaning?.id });
    input.addEventListener("change", chosen);
    row.inputs.push(input);
    const choice = make("label", { class: "cd-choice" }, input, key ? make("kbd", { "aria-hidden": "true" }, key) : null,
      make("span", {}, label));
    choice.meaning = meaning;
    return choice;
  }

  _number(row, question, group) {
    row.number = make("input", {
      type: "text", inputmode: "decimal", class: "cd-number", autocomplete: "off", id: `${group}-number`,
      placeholder: question.range, "aria-label": `${question.question} (${question.range})`,
    });
    row.number.addEventListener("input", () => this.type(row, row.number.value));
    return row.number;
  }

  _reason(row) {
    row.why = make("textarea", { rows: 2, maxlength: 20000 });
    row.why.addEventListener("input", () => { this.answerOf(row.name).why = row.why.value; this.desk.edited(); });
    row.whyLabel = make("span", {}, "Why? (optional)");
    row.whyButton = make("button", { type: "button", class: "cd-link", title: "Say why (w)" }, "Say why");
    row.whyButton.addEventListener("click", () => this.showWhy(row, { focus: true }));
    row.element.append(row.whyButton, make("label", { class: "cd-wide", hidden: true }, row.whyLabel, row.why));
  }

  _sure(row, group) {
    row.sure = [[true, "sure"], [false, "unsure"]].map(([value, label]) => {
      const input = make("input", { type: "radio", name: `${group}-sure` });
      input.addEventListener("change", () => { this.answerOf(row.name).sure = value; this.desk.edited(); });
      return { value, input, element: make("label", { class: "cd-choice" }, input, make("span", {}, label)) };
    });
    return make("div", { class: "cd-choices", role: "radiogroup", "aria-label": "How sure are you?" },
      make("span", { class: "cd-quiet" }, "How sure are you? "), make("kbd", { "aria-hidden": "true" }, "y"), ...row.sure.map((one) => one.element));
  }

  // In a pair, words about "Output A" belong to the output that is A on the screen: choices are by screen.
  _meaning(question, choice, group) {
    const place = question.meanings.findIndex((one) => one.value === choice.value);
    return place < 0 ? null : { ...question.meanings[place], id: `${group}-meaning-${place}` };
  }

  _meanings(question, group) {
    if (!question.meanings.length) return null;
    const list = question.meanings.map((one, k) => make("div", { id: `${group}-meaning-${k}` },
      make("dt", {}, one.label), one.description ? make("dd", { dir: "auto" }, one.description) : null,
      one.example ? make("dd", { class: "cal-example", dir: "auto" }, one.example) : null));
    return make("details", { class: "cal-levels" }, make("summary", {}, "What the answers mean"), make("dl", {}, ...list));
  }

  _refreshRow(row) {
    const answer = this.sheet.answers[row.name] ?? {};
    row.choices.forEach((choice, k) => {
      row.inputs[k].checked = !answer.na && answer.value === asStored(this.task, choice.value);
    });
    row.quotes.replaceChildren(...quoteList(this.desk, answer.evidence ?? [], (k) => {
      answer.evidence = answer.evidence.filter((_, place) => place !== k);
      this.desk.edited();
    }));
    if (row.question.not_applicable) row.inputs.at(-1).checked = Boolean(answer.na);
    if (row.number && document.activeElement !== row.number) {
      row.number.value = answer.na ? "" : answer.typed ?? answer.value ?? "";
    }
    if (document.activeElement !== row.why) row.why.value = answer.why ?? "";
    const needed = needsWhy(row.question, answer);
    row.whyLabel.textContent = needed ? "Why? This answer needs a reason" : "Why? (optional)";
    if (needed || answer.why) this.showWhy(row);
    for (const one of row.sure ?? []) one.input.checked = answer.sure === one.value;
  }

  _modes() {
    const row = { name: "", modes: true, choices: [] };
    const boxes = this.form.failure_modes.map((mode, k) => {
      const input = make("input", { type: "checkbox" });
      input.addEventListener("change", () => this._toggleMode(mode.name));
      const key = k < 9 ? make("kbd", { "aria-hidden": "true" }, k + 1) : null;
      return { mode, input, element: make("label", { class: "cd-choice" }, input, key, make("span", {}, mode.label)) };
    });
    boxes.forEach((one) => { one.element.meaning = { description: one.mode.description }; });
    const meanings = this.form.failure_modes.flatMap((mode) => [make("dt", {}, mode.label), make("dd", {}, mode.description)]);
    row.quotes = make("ul", { class: "cd-quotes", "aria-label": "Evidence" });
    row.element = make("fieldset", { class: "cd-row" },
      make("legend", { class: "cal-question" }, "What went wrong?", make("span", { class: "cal-host" }, " (optional, any number)")),
      make("div", { class: "cd-choices" }, ...boxes.map((one) => one.element)), row.quotes,
      make("details", { class: "cal-levels" }, make("summary", {}, "What these mean"), make("dl", {}, ...meanings)));
    row.element.addEventListener("focusin", () => this.mark(this.visible().indexOf(row)));
    row.refresh = () => {
      for (const one of boxes) one.input.checked = this.sheet.modes.includes(one.mode.name);
      row.quotes.replaceChildren(...quoteList(this.desk, this.sheet.evidence, (k) => {
        this.sheet.evidence = this.sheet.evidence.filter((_, place) => place !== k);
        this.desk.edited();
      }));
    };
    return row;
  }
}
