// One item's answers so far, and which questions they call for. The server checks all of it again.

const newSheet = (given = null) => ({
  id: newId(), answers: {}, modes: [], note: "", evidence: [], seconds: 0, changed: false, ...(given ?? {}),
});

// Answers that were given before (taken back, or refused), as a sheet to start from.
const sheetOf = (answers, modes, note, evidence) => {
  const sheet = newSheet({ modes: [...(modes ?? [])], note: note ?? "", evidence: [...(evidence ?? [])] });
  for (const { criterion, value, status, rationale, sure, evidence: quoted } of answers ?? []) {
    if (status === "skipped") continue;
    sheet.answers[criterion] = { value: status === "observed" ? value : null, na: status === "not_applicable" };
    if (rationale) sheet.answers[criterion].why = rationale;
    if (quoted?.length) sheet.answers[criterion].evidence = [...quoted];
    if (sure !== null && sure !== undefined) sheet.answers[criterion].sure = sure;
  }
  return sheet;
};

const copyOf = (sheet) => structuredClone(sheet);

const answered = (answer) => Boolean(answer && (answer.na || (answer.value !== null && answer.value !== undefined)));

// The questions that apply to the answers so far, in order.
const asked = (form, sheet) => {
  const names = new Set();
  return form.questions.filter((question) => {
    const when = question.applies_when;
    const answer = when && names.has(when.criterion) ? sheet.answers[when.criterion] : null;
    const applies = !when || Boolean(answer && !answer.na && when.values.includes(answer.value));
    if (applies) names.add(question.name);
    return applies;
  });
};

const needsWhy = (question, answer) =>
  Boolean(answer && !answer.na
    && question.choices.some((choice) => choice.value === answer.value && choice.rationale_required));

const numberFault = (question, value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) return "type a number";
  const { low, high, step } = question;
  if ((low !== null && value < low) || (high !== null && value > high)) return `allowed is ${question.range}`;
  const steps = step && low !== null ? (value - low) / step : 0;
  return Math.abs(steps - Math.round(steps)) < 1e-6 ? "" : `allowed is ${question.range}`;
};

// What was begun for a question without an answer would be lost: it is named instead.
const halfGiven = (answer) => {
  if (answer?.typed) return "type a number";
  if (answer?.evidence?.length) return "Needs an answer: a passage is attached to it";
  return (answer?.why ?? "").trim() ? "Needs an answer: you said why" : "";
};

// What keeps the sheet from being sent: [{name, message, why}].
const missing = (form, sheet) => asked(form, sheet).flatMap((question) => {
  const answer = sheet.answers[question.name];
  if (!answered(answer)) {
    const half = halfGiven(answer);
    return question.required || half ? [{ name: question.name, message: half || "Needs an answer" }] : [];
  }
  if (question.kind === "interval" && !answer.na) {
    const fault = numberFault(question, answer.value);
    if (fault) return [{ name: question.name, message: fault }];
  }
  if (needsWhy(question, answer) && !(answer.why ?? "").trim()) {
    return [{ name: question.name, message: "This answer needs a reason", why: true }];
  }
  return [];
});

const given = (form, sheet) => asked(form, sheet).flatMap((question) => {
  const answer = sheet.answers[question.name];
  if (!answered(answer)) return [];
  return [{
    criterion: question.name, value: answer.na ? null : answer.value,
    status: answer.na ? "not_applicable" : "observed", rationale: (answer.why ?? "").trim() || null,
    sure: answer.sure ?? null, evidence: answer.evidence ?? [],
  }];
});

// Every required question, or every question where none is required: a skip without an answer would say nothing.
const skipped = (form, reason) => {
  const always = form.questions.filter((q) => !q.applies_when);
  const required = always.filter((q) => q.required);
  return (required.length ? required : always).map((q) => ({ criterion: q.name, value: null, status: "skipped", reason }));
};

const submission = (form, task, sheet, answers, reason = null) => ({
  kind: "submission", submission_id: sheet.id, item_id: task.item_id, answers, failure_modes: sheet.modes,
  evidence: sheet.evidence.filter((one) => sheet.modes.includes(one.failure_mode)),
  note: sheet.note.trim() || null, active_seconds: Math.round(Math.min(sheet.seconds, 86400) * 10) / 10,
  wave: task.wave, purpose: task.purpose, rubric_sha256: form.sha256, reason, seal: task.seal ?? null,
});
