/* Optional keyboard shortcuts of the desk. Requests have the header that htmx's have. */

(() => {
  "use strict";

  const form = document.querySelector("[data-desk]");
  const exits = () => [...document.querySelectorAll("[data-exit]")];
  const firstNumber = () => document.querySelector("[data-number]");

  /* Request a URL; return null if there is no answer. */
  const ask = async (url, options = {}) => {
    try {
      const answer = await fetch(url, { ...options, headers: { "HX-Request": "true" } });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) window.location.assign(elsewhere);
      return answer.ok && answer.status !== 204 ? answer : null;
    } catch {
      return null; /* aborted by a newer request, or no network: ignore it */
    }
  };

  /* Present visitors: arrows move between rows, S records the exit, F2 jumps there and back. */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = exits();
    const place = rows.indexOf(document.activeElement);
    const there = document.activeElement.closest(".desk__inside");
    let to = null;
    if (event.key === "F2") to = there ? firstNumber() : rows[0];
    else if (place < 0) return;
    else if (event.key === "Escape") to = firstNumber();
    else if (event.key === "ArrowDown") to = rows[place + 1];
    else if (event.key === "ArrowUp") to = rows[place - 1];
    else if (event.key.toLowerCase() === "s") rows[place].click();
    else return;
    event.preventDefault();
    if (to) to.focus();
  });

  if (!form) return;
  document.documentElement.classList.add("scripted");

  /* Look up a visitor by document: fill fields that are empty or were filled by an earlier look-up. */
  const fill = (visitor, known) => {
    for (const name of ["surnames", "given_names", "kind", "entity", "entity_ruc"]) {
      const field = visitor.querySelector(`[name$="-${name}"]`);
      const value = known && known.getAttribute(`data-${name.replace("_", "-")}`);
      const blank = name === "kind" ? ["self", "same"].includes(field.value) : !field.value;
      const ours = field.dataset.filled !== undefined && field.dataset.filled === field.value;
      if (value && (blank || ours)) {
        field.value = value;
        field.dataset.filled = value;
      } else if (ours) {
        if (name === "kind") field.selectedIndex = 0;
        else field.value = "";
        delete field.dataset.filled;
      }
    }
  };

  const blankOne = (visitor) =>
    ["surnames", "given_names"]
      .map((name) => visitor.querySelector(`[name$="-${name}"]`))
      .find((field) => !field.value) || form.querySelector("[data-official]");

  const isWhole = (kind, text) =>
    kind === "MENOR" || (kind === "DNI" ? /^\d{8}-?[0-9A-Ka-k]?$/.test(text) : text.length > 4);

  const watchVisitor = (visitor) => {
    const kind = visitor.querySelector('[name$="-document_type"]');
    const number = visitor.querySelector("[data-number]");
    const place = visitor.querySelector("[data-known]");
    let requested = "";
    const settle = () => {
      number.inputMode = kind.value === "DNI" ? "numeric" : "text";
    };
    const lookUp = async () => {
      const text = number.value.replace(/[\s.]/g, "");
      const question = `${kind.value} ${text}`;
      if (!isWhole(kind.value, text) || question === requested) return;
      requested = question;
      const body = new FormData(form);
      body.set("who", visitor.dataset.visitor);
      const answer = await ask(form.dataset.visitorUrl, { method: "POST", body });
      if (!answer || question !== requested) return;
      place.innerHTML = await answer.text();
      fill(visitor, place.querySelector("[data-surnames]"));
    };
    settle();
    kind.addEventListener("change", () => {
      settle();
      lookUp();
    });
    number.addEventListener("input", () => {
      if (kind.value === "DNI" && number.value.replace(/\D/g, "").length === 8) lookUp();
    });
    number.addEventListener("change", lookUp);
    number.addEventListener("keydown", async (event) => {
      /* A document scanner ends with Enter: move to the next empty field instead of sending the form. */
      if (event.key !== "Enter" || !number.value.trim()) return;
      if (blankOne(visitor).value) return;
      event.preventDefault();
      await lookUp();
      if (document.activeElement === number) blankOne(visitor).focus();
    });
  };
  form.querySelectorAll("[data-visitor]").forEach(watchVisitor);

  /* Search the official by three letters: a list under the field, used by keyboard. */
  const watchOfficial = (field) => {
    const id = form.querySelector('input[type="hidden"][name="official_id"]');
    if (!id) return;
    const list = document.createElement("ul");
    const said = document.createElement("p");
    list.id = "official-list";
    list.className = "official__list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Funcionarios");
    said.className = "govuk-visually-hidden";
    said.setAttribute("role", "status");
    field.after(list, said);
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-controls", list.id],
      ["aria-expanded", "false"],
    ]) field.setAttribute(name, value);
    let current = -1;
    let waiting;
    let going;

    const close = () => {
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const mark = (place) => {
      const options = [...list.children];
      current = (place + options.length) % options.length;
      options.forEach((one, n) => one.setAttribute("aria-selected", String(n === current)));
      options[current].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", options[current].id);
    };
    const pick = (option) => {
      field.value = option.textContent;
      id.value = option.dataset.id;
      close();
    };
    const offer = (found) => {
      list.replaceChildren(
        ...found.map((one) => {
          const option = document.createElement("li");
          option.id = `official-${one.id}`;
          option.dataset.id = one.id;
          option.textContent = one.label;
          option.setAttribute("role", "option");
          return option;
        }),
      );
      said.textContent = found.length === 1 ? "1 persona" : `${found.length} personas`;
      if (!found.length) return close();
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      return mark(0);
    };
    const search = async () => {
      if (going) going.abort();
      const typed = field.value.trim();
      if (typed.length < 3) return close();
      going = new AbortController();
      const url = `${form.dataset.officialsUrl}?q=${encodeURIComponent(typed)}`;
      const answer = await ask(url, { signal: going.signal });
      if (!answer || field.value.trim() !== typed) return;
      const { found } = await answer.json();
      offer(found);
      if (document.activeElement === field) return;
      close();
      if (found.length === 1) pick(list.firstElementChild);
    };

    field.addEventListener("input", () => {
      id.value = "";
      clearTimeout(waiting);
      waiting = setTimeout(search, 120);
    });
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") mark(current + 1);
      else if (event.key === "ArrowUp") mark(current - 1);
      else if (event.key === "Escape") close();
      else if (event.key === "Enter") pick(list.children[current]);
      else {
        if (event.key === "Tab") pick(list.children[current]);
        return;
      }
      event.preventDefault();
    });
    field.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      if (event.target.closest("li")) pick(event.target.closest("li"));
    });
  };
  const official = form.querySelector("[data-official]");
  if (official) watchOfficial(official);
})();
