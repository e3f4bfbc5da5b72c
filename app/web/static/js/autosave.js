/* Saves the draft of a step while its reader types, and before a link leads on. Without this script
   «Guardar borrador» does. The server refuses a draft that is older than the stored one, so two
   windows never overwrite each other here. Files are not sent. */

(() => {
  "use strict";

  const PAUSE = 1500; /* milliseconds after the last key */
  const APART = 5000; /* between two requests, at least */
  const LONGEST = 60000; /* between two attempts on a bad line, at most */
  const PATIENCE = 15000; /* for one answer */
  const LEAVING = 3000; /* before a link leads on, at most */

  const form = document.querySelector("[data-autosave]");
  const place = form?.querySelector("[data-saved]");
  const revision = form?.querySelector("[name=revision]");
  if (!form || !place || !revision) return;

  let timer = null;
  let going = null; /* the request under way */
  let last = 0;
  let failures = 0;
  let ended = false; /* this page can no longer save itself */

  const say = (text) => {
    if (place.textContent !== text) place.textContent = text;
  };
  const end = (text) => {
    ended = true;
    say(text);
  };

  const body = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
    data.set("action", "autosave");
    return data;
  };

  const later = (wait) => {
    if (ended) return;
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(wait, last + APART - Date.now()));
  };

  const retry = () => {
    failures += 1;
    say("Todavía no se guardó: no hay conexión. Lo que escribiste sigue aquí y lo intentaremos otra vez.");
    later(Math.min(LONGEST, 2500 * 2 ** failures));
  };

  const judge = async (answer) => {
    if (answer.status === 204) {
      return end("Tu sesión terminó. Lo que escribiste sigue en esta página: pulsa «Guardar borrador» para ingresar otra vez y recuperarlo.");
    }
    if (answer.status === 409) {
      const { newer } = await answer.json().catch(() => ({}));
      return end(newer
        ? `Este borrador ${newer} después de que abriste esta página. Aquí ya no se guarda solo: pulsa «Guardar borrador» para ver juntos lo último y lo tuyo.`
        : "Esta tarea ya no se puede responder desde aquí. Recarga la página.");
    }
    if (answer.status >= 500 || answer.status === 429) return retry();
    if (!answer.ok) return end("No se puede guardar mientras escribes. Pulsa «Guardar borrador».");
    const saved = await answer.json();
    revision.value = saved.revision;
    failures = 0;
    return say(`Guardado a las ${saved.at}`);
  };

  const ask = async () => {
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), PATIENCE);
    try {
      await judge(
        await fetch(form.getAttribute("action"), {
          method: "POST",
          body: body(),
          headers: { "HX-Request": "true", "HX-Current-URL": window.location.href },
          signal: patience.signal,
        }),
      );
    } catch {
      retry();
    } finally {
      clearTimeout(limit);
    }
  };

  function save() {
    timer = null;
    if (going) return later(PAUSE);
    last = Date.now();
    going = ask().finally(() => {
      going = null;
    });
    return undefined;
  }

  const changed = (event) => {
    if (event.target.type !== "file") later(PAUSE);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  window.addEventListener("online", () => failures && later(0));

  /* A button waits for the request under way: its answer has the number of the draft. */
  let waits = false;
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    timer = null;
    if (waits) event.preventDefault();
    if (waits || !going) return;
    event.preventDefault();
    waits = true;
    going.finally(() => {
      waits = false;
      form.requestSubmit(event.submitter);
    });
  });

  /* Links and the other forms of the page wait until what was typed is saved. Otherwise it is lost,
     or the next page of the step has an old number of the draft. */
  let leaves = false;
  const saved = async () => {
    await going;
    if (!timer) return;
    clearTimeout(timer);
    save();
    await going;
  };
  const leave = (event, go) => {
    if (leaves || event.defaultPrevented || (!timer && !going)) return;
    event.preventDefault();
    const limit = new Promise((end) => setTimeout(end, LEAVING));
    Promise.race([saved(), limit]).finally(() => {
      leaves = true;
      go();
      leaves = false;
    });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || link.target || link.origin !== window.location.origin) return;
    const { pathname, search } = window.location;
    if (link.hash && link.pathname === pathname && link.search === search) return;
    leave(event, () => window.location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    const other = event.target;
    if (other !== form) leave(event, () => other.requestSubmit(event.submitter));
  });
})();
