// What an answer means, shown while its choice is pointed at or focused; Escape puts it away.

class Tips {
  constructor(root) {
    this.root = root;
    this.tip = make("div", { class: "cd-tip", hidden: true, "aria-hidden": "true" });
    root.append(this.tip);
    const choiceAt = (event) => event.target.closest?.(".cd-choice");
    root.addEventListener("pointerover", (event) => this._show(choiceAt(event), event));
    root.addEventListener("focusin", (event) => this._show(event.target.matches(":focus-visible") && choiceAt(event)));
    root.addEventListener("focusout", () => this.hide());
    root.addEventListener("pointerleave", () => this.hide());
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
    root.addEventListener("scroll", () => this.hide(), { capture: true, passive: true });
  }

  hide() { this.tip.hidden = true; this.on = null; }

  _show(choice, event) {
    if (!choice && event && this.tip.contains(event.target)) return; // the pointer may rest on the words
    if (!choice?.meaning) return void this.hide();
    if (this.on === choice) return;
    this.on = choice;
    const { description, example } = choice.meaning;
    this.tip.replaceChildren(description ? make("p", { dir: "auto" }, description) : "",
      example ? make("p", { class: "cal-example", dir: "auto" }, example) : "");
    this.tip.hidden = false;
    const [box, own] = [choice.getBoundingClientRect(), this.tip.getBoundingClientRect()];
    const below = box.bottom + own.height + 8 < innerHeight;
    this.tip.style.top = `${below ? box.bottom + 2 : Math.max(4, box.top - own.height - 2)}px`;
    this.tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`;
  }
}
