// At the door without a signal: what was typed stays on this phone until it is sent, and not a moment longer.
// A visit keeps the id of its form, so that sending it twice notes it once.
"use strict";

(() => {
  const box = document.getElementById("telefoon");
  const form = document.getElementById("bezoek-formulier");
  if (!box) return;
  const say = box.dataset;
  const QUEUE = `aan-de-deur/${say.key}/wachtrij`;
  const DRAFT = `aan-de-deur/${say.key}/${say.round}/klad`;
  const PERSONAL = ["name", "email", "language", "why", "consent"];
  const EVERY_MS = 20000;
  const PATIENCE_MS = 15000;
  let busy = false;
  let sending = false;

  const read = (key, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };
  const write = (key, value) => {
    try {
      if (value === null || value.length === 0) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  };
  const queue = () => read(QUEUE, []);
  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  // What goes out, and what may be kept: about a person only when they are a candidate who said yes.
  const answers = () => {
    const values = Object.fromEntries(new FormData(form));
    const candidate = values.outcome === "candidate";
    if (!candidate) for (const name of PERSONAL) delete values[name];
    return values;
  };
  const keepable = (values) => {
    const kept = { ...values };
    if (kept.consent !== "yes") for (const name of PERSONAL) delete kept[name];
    return kept;
  };
  const fill = (values) => {
    for (const field of form.elements) {
      if (!field.name) continue;
      const value = values[field.name];
      if (field.type === "radio" || field.type === "checkbox") {
        if (value !== undefined || field.type === "checkbox") field.checked = field.value === value;
      } else if (value !== undefined) field.value = value;
    }
  };
  const empty = () => {
    form.reset();
    fill({ form: newId(), at: "", street: "", again: "", name: "", email: "", why: "", language: "nl" });
    for (const field of form.querySelectorAll('[name="outcome"], [name="consent"]')) field.checked = false;
    write(DRAFT, null);
    forgive();
  };
  // What a page said about mistakes is about a form that is gone now.
  const forgive = () => {
    const said = document.querySelector("main .summary");
    if (!said) return;
    said.remove();
    document.title = document.title.replace(/^[^:]*: /, "");
    for (const error of form.querySelectorAll(".error")) error.remove();
    for (const field of form.querySelectorAll(".wrong")) field.classList.remove("wrong");
    for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  };
  // The list is as old as the page: a street where one just was says so by itself.
  const mark = (values) => {
    const badge = document.querySelector(`a[data-street="${CSS.escape(values.street)}"] .badge`);
    const chosen = form.querySelector(`[name="outcome"][value="${CSS.escape(values.outcome)}"]`);
    if (badge && chosen) badge.textContent = chosen.labels[0].textContent.trim();
  };

  const send = async (url, body) => {
    try {
      const answer = await fetch(url, {
        method: "POST",
        redirect: "manual",
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.type === "opaqueredirect") return { fate: "out" };
      if (answer.ok) return { fate: "sent", to: (await answer.json()).to };
      return { fate: answer.status >= 500 || answer.status === 429 ? "away" : "wrong" };
    } catch {
      return { fate: "away" };
    }
  };

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "plain";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };
  const without = (id) => write(QUEUE, queue().filter((item) => item.id !== id));
  const line = (item) => {
    const made = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = item.wrong ? `${item.street}: ${say.wrong}` : item.street;
    made.append(words);
    if (item.wrong && form) {
      made.append(
        button(say.look, () => {
          fill(Object.fromEntries(new URLSearchParams(item.body)));
          without(item.id);
          show();
          form.scrollIntoView();
        }),
      );
    }
    made.append(
      button(say.away, () => {
        without(item.id);
        show();
      }),
    );
    return made;
  };
  const tell = (head, words) => {
    document.getElementById("wacht").textContent = head;
    document.getElementById("wacht-uitleg").textContent = words;
    box.hidden = false;
  };
  const show = (fate) => {
    const items = queue();
    document.getElementById("wachtrij").replaceChildren(...items.map(line));
    document.getElementById("nu").hidden = items.length === 0;
    if (items.length === 0) {
      box.hidden = true;
      return;
    }
    tell(items.length === 1 ? say.one : `${items.length} ${say.many}`, say.later);
    if (fate === "out") {
      const again = document.createElement("a");
      again.href = say.signin;
      again.textContent = say.again;
      document.getElementById("wacht-uitleg").replaceChildren(`${say.signedOut} `, again);
    }
  };

  const flush = async () => {
    if (busy || queue().length === 0) return;
    busy = true;
    let fate = "sent";
    let sent = 0;
    for (const item of queue()) {
      if (item.wrong) continue;
      ({ fate } = await send(item.url, item.body));
      if (fate === "sent") {
        without(item.id);
        sent += 1;
      } else if (fate === "wrong") {
        write(QUEUE, queue().map((each) => (each.id === item.id ? { ...each, wrong: true } : each)));
      } else break;
    }
    busy = false;
    show(fate);
    if (sent && queue().length === 0) tell(say.sent, "");
  };

  const complete = (values) => {
    if (values.outcome === "candidate" && values.consent !== "yes") return say.consent;
    const whole = values.street && values.outcome;
    const person = values.outcome !== "candidate" || (values.name && /.@./.test(values.email));
    return whole && person ? null : say.incomplete;
  };
  const keep = (values, fate) => {
    const missing = complete(values);
    const street = form.elements.street.selectedOptions[0].textContent.trim();
    const body = new URLSearchParams(values).toString();
    const item = { id: values.form, url: form.action, street, body };
    if (missing) tell(missing, "");
    else if (!write(QUEUE, [...queue().filter((each) => each.id !== item.id), item])) tell(say.full, "");
    else {
      mark(values);
      empty();
      show(fate);
    }
    box.scrollIntoView();
  };
  const submit = async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    if (!form.elements.at.value) form.elements.at.value = new Date().toISOString();
    const values = answers();
    const { fate, to } = await send(form.action, new URLSearchParams(values).toString());
    sending = false;
    if (fate === "sent") {
      write(DRAFT, null);
      location.assign(to);
    } else if (fate === "wrong") form.submit();
    else keep(values, fate);
  };
  const choose = (event) => {
    const link = event.target.closest("a[data-street]");
    if (!link) return;
    event.preventDefault();
    form.elements.street.value = link.dataset.street;
    document.getElementById("bezoek").scrollIntoView();
    document.getElementById("outcome").focus({ preventScroll: true });
  };

  if (form) {
    const draft = read(DRAFT, null);
    const chosen = form.elements.street.value;
    if (draft && form.dataset.fresh !== "no") fill({ ...draft, street: chosen || draft.street });
    form.addEventListener("input", () => write(DRAFT, keepable(answers())));
    form.addEventListener("submit", submit);
    document.addEventListener("click", choose);
    document.getElementById("alleen-hier").hidden = false;
  }
  document.getElementById("nu").addEventListener("click", flush);
  window.addEventListener("online", flush);
  setInterval(flush, EVERY_MS);
  show();
  flush();
})();
