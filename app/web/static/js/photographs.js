/* Photographs of a document: makes each smaller here, sends each alone, and sends it again on a bad
   line. The form then names the pages, and the server makes one PDF of them. Without this script the
   form sends the photographs themselves. A PDF is always sent with the form. */

(() => {
  "use strict";

  const SHORT = 1240; /* points of an upright A4 sheet at 150 dpi */
  const LONG = 1754;
  const MOST_BYTES = 300000; /* of a page */
  const QUALITIES = [0.8, 0.7, 0.6, 0.5, 0.4];
  const SCALES = [1, 0.8, 0.6, 0.4];
  const AS_IT_IS = 10 * 1024 * 1024; /* bytes of a photograph that the browser cannot open */
  const MOST = 20;
  const PATIENCE = 120000; /* milliseconds for one page */
  const FIRST_WAIT = 1000; /* before a second try; then twice as long each time */
  const LONGEST_WAIT = 30000;
  const THUMB = 96; /* points of the longer side of a small picture */

  const form = document.querySelector("[data-step]");
  const places = [...(form?.querySelectorAll("[data-photographs]") ?? [])];
  if (!places.length || !window.createImageBitmap || !window.crypto?.getRandomValues) return;

  const token = form.querySelector("[name=csrf_token]").value;
  const HEADERS = { "HX-Request": "true", "HX-Current-URL": window.location.href };
  const OVER = "Tu sesión terminó. Ingresa otra vez: las páginas enviadas te esperan dos días.";
  const CLOSED = "Esta tarea ya no se puede responder desde aquí. Recarga la página.";

  const element = (name, values = {}, ...inside) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...inside);
    return made;
  };
  const newKey = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const isPdf = (file) => file.type === "application/pdf" || /\.pdf$/i.test(file.name);
  const pause = (wait) =>
    new Promise((end) => {
      const timer = setTimeout(end, wait);
      window.addEventListener("online", () => (clearTimeout(timer), end()), { once: true });
    });

  /* Draw a photograph in grey on white, within a part of a sheet. */
  const drawn = (bitmap, part) => {
    const [width, height] = bitmap.width > bitmap.height ? [LONG, SHORT] : [SHORT, LONG];
    const scale = part * Math.min(1, width / bitmap.width, height / bitmap.height);
    const canvas = element("canvas", {
      width: Math.max(1, Math.round(bitmap.width * scale)),
      height: Math.max(1, Math.round(bitmap.height * scale)),
    });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const points = pen.getImageData(0, 0, canvas.width, canvas.height);
    const { data } = points;
    for (let at = 0; at < data.length; at += 4) {
      data[at] = data[at + 1] = data[at + 2] = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    }
    pen.putImageData(points, 0, 0);
    return canvas;
  };

  const smallPicture = (canvas) => {
    const scale = THUMB / Math.max(canvas.width, canvas.height);
    const small = element("canvas", {
      width: Math.round(canvas.width * scale),
      height: Math.round(canvas.height * scale),
    });
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    return small;
  };

  /* A small picture after quarters of a turn, clockwise. */
  const turned = (picture, quarters) => {
    const sides = [picture.width, picture.height];
    const [width, height] = quarters % 2 ? sides.reverse() : sides;
    const made = element("canvas", { className: "photograph__picture", width, height });
    made.setAttribute("aria-hidden", "true");
    const pen = made.getContext("2d");
    pen.translate(width / 2, height / 2);
    pen.rotate((quarters * Math.PI) / 2);
    pen.drawImage(picture, -picture.width / 2, -picture.height / 2);
    return made;
  };

  /* What is sent of a photograph, and a small picture of it. A format that the browser does not know
     (HEIC), or a thumbnail, is sent as it is: the server opens it, or says what is wrong. */
  const shrunk = async (file) => {
    let bitmap = null;
    try {
      bitmap = await createImageBitmap(file);
      for (const part of SCALES) {
        const canvas = drawn(bitmap, part);
        for (const quality of QUALITIES) {
          const blob = await new Promise((end) => canvas.toBlob(end, "image/jpeg", quality));
          if (blob && blob.size <= MOST_BYTES) return { blob, picture: smallPicture(canvas) };
        }
      }
    } catch {
      /* not a format that this browser opens */
    } finally {
      bitmap?.close();
    }
    return { blob: file, picture: null };
  };

  /* One document: its pages in order, and what is shown of them. */
  const begin = (place) => {
    const { photographs: url, field } = place.dataset;
    const input = place.querySelector("input[type=file]");
    const list = element("ol", { className: "photographs" });
    const said = element("p", { className: "photographs__said", tabIndex: -1 });
    said.setAttribute("role", "status");
    const named = element("input", { type: "hidden", name: "staged", disabled: true });
    input.closest(".govuk-form-group").after(list, said, named);

    let pages = []; /* { key, file, state: "waiting" | "sent" | "refused", turn, fault, row, picture } */
    let going = null;
    let ended = "";

    const say = (text) => {
      if (said.textContent !== text) said.textContent = text;
    };
    const sent = () => pages.filter((page) => page.state === "sent");

    const stateOf = (page) => {
      const words = { sent: "Enviada", refused: page.fault, waiting: "Por enviar" }[page.state];
      return page.turn ? `${words}; girada ${page.turn * 90}°` : words;
    };

    const button = (number, label, off, act) => {
      const made = element("button", {
        type: "button",
        className: "govuk-button govuk-button--secondary small-button",
        disabled: off,
        onclick: act,
      });
      made.append(label);
      made.setAttribute("aria-label", `${label}: página ${number}`);
      return made;
    };

    const show = () => {
      list.replaceChildren(
        ...pages.map((page, at) => {
          const number = at + 1;
          const words = element(
            "p",
            { className: "photograph__words" },
            element("strong", {}, `Página ${number}`),
            element("span", { className: page.state === "refused" ? "photograph__fault" : "" }, stateOf(page)),
          );
          const buttons = element(
            "div",
            { className: "photograph__buttons" },
            button(number, "Arriba", at === 0, () => move(page, -1, 0)),
            button(number, "Abajo", number === pages.length, () => move(page, 1, 1)),
            button(number, "Girar", page.state === "refused", () => turn(page)),
            button(number, "Quitar", false, () => remove(page)),
          );
          page.row = element("li", { className: "photograph" });
          page.row.append(...(page.picture ? [turned(page.picture, page.turn)] : []), words, buttons);
          return page.row;
        }),
      );
      const written = sent().map((page) => (page.turn ? `${page.key}.${page.turn}` : page.key));
      named.value = `${field}:${written.join(",")}`;
      named.disabled = !sent().length;
    };

    const sum = () => {
      if (ended) return say(ended);
      if (!pages.length) return say("");
      const refused = pages.findIndex((page) => page.state === "refused");
      if (refused >= 0) return say(`Quita la página ${refused + 1}, que no se pudo usar.`);
      const all = sent().length === pages.length;
      return say(
        `Páginas enviadas: ${sent().length} de ${pages.length}.` +
          (all ? " Revisa el orden y sube el documento o continúa." : ""),
      );
    };

    const post = async (address, values) => {
      const body = new FormData();
      body.set("csrf_token", token);
      for (const [name, value] of values) body.append(name, value);
      const patience = new AbortController();
      const limit = setTimeout(() => patience.abort(), PATIENCE);
      try {
        return await fetch(address, { method: "POST", body, headers: HEADERS, signal: patience.signal });
      } finally {
        clearTimeout(limit);
      }
    };

    /* Send the order, and what was removed. The form names the pages again, so nothing is lost if
       this fails. */
    const arrange = (...removed) =>
      post(`${url}/orden`, [
        ...sent().map((page) => ["key", page.key]),
        ...removed.map((page) => ["gone", page.key]),
      ]).catch(() => {});

    const move = (page, by, which) => {
      const at = pages.indexOf(page);
      pages.splice(at, 1);
      pages.splice(at + by, 0, page);
      show();
      say(`La página está ahora en el lugar ${at + by + 1} de ${pages.length}.`);
      const buttons = [...page.row.querySelectorAll("button")];
      (buttons[which].disabled ? buttons[1 - which] : buttons[which]).focus();
      arrange();
    };

    const turn = (page) => {
      page.turn = (page.turn + 1) % 4;
      show();
      say(`Página ${pages.indexOf(page) + 1}: girada ${page.turn * 90} grados a la derecha.`);
      page.row.querySelector("button:nth-child(3)").focus();
    };

    const remove = (page) => {
      const at = pages.indexOf(page);
      pages.splice(at, 1);
      show();
      sum();
      (pages[Math.min(at, pages.length - 1)]?.row.querySelector("button:last-child") ?? input).focus();
      if (page.state === "sent") arrange(page);
    };

    /* Send a page until the server takes or refuses it. */
    const deliver = async (page) => {
      const { blob, picture } = await shrunk(page.file);
      page.picture = picture;
      if (blob.size > AS_IT_IS) return Object.assign(page, { state: "refused", fault: "Pesa más de 10 MB." });
      for (let wait = FIRST_WAIT; pages.includes(page); wait = Math.min(LONGEST_WAIT, 2 * wait)) {
        const number = pages.indexOf(page) + 1;
        say(`Enviando la página ${number} de ${pages.length}…`);
        const answer = await post(url, [["key", page.key], ["page", blob, "pagina"]]).catch(() => null);
        if (answer?.status === 200) {
          if (!pages.includes(page)) return arrange(page); /* removed on its way */
          page.state = "sent";
          page.file = null;
          return say(`Página ${number} de ${pages.length} enviada.`);
        }
        if (answer?.status === 422) {
          const { fault } = await answer.json();
          return Object.assign(page, { state: "refused", fault });
        }
        if (answer && answer.status < 500 && answer.status !== 429) {
          ended = answer.status === 204 ? OVER : answer.status === 413 ? "" : CLOSED;
          return Object.assign(page, ended ? {} : { state: "refused", fault: "Pesa más de 10 MB." });
        }
        say(
          `La página ${number} de ${pages.length} todavía no se envió: no hay conexión. ` +
            "Lo intentaremos otra vez; no cierres esta página.",
        );
        await pause(wait);
      }
      return undefined;
    };

    const run = async () => {
      for (let next; !ended && (next = pages.find((page) => page.state === "waiting")); show()) await deliver(next);
      sum();
    };
    const start = () => {
      going ??= run().finally(() => {
        going = null;
      });
    };

    input.addEventListener("change", () => {
      const chosen = [...input.files];
      if (!chosen.length) return;
      if (chosen.some(isPdf)) {
        if (chosen.length === 1 && !pages.length) return; /* sent with the form */
        input.value = "";
        say("Sube un solo PDF, o solo fotografías: no las dos cosas a la vez.");
        return;
      }
      input.value = "";
      if (pages.length + chosen.length > MOST) {
        say(`Un documento tiene ${MOST} páginas como máximo. Escanéalo como un solo PDF.`);
        return;
      }
      const order = new Intl.Collator("es", { numeric: true });
      chosen.sort((one, two) => order.compare(one.name, two.name));
      pages.push(...chosen.map((file) => ({ key: newKey(), file, state: "waiting", turn: 0, picture: null })));
      show();
      start();
    });

    return {
      input,
      resume: (keys) => {
        pages = [...keys.map((key) => ({ key, state: "sent", turn: 0, picture: null })), ...pages];
        show();
        sum();
      },
      /* Whether the form has to wait for pages; `refused`: or for the user. */
      waits: () => !ended && pages.some((page) => page.state === "waiting"),
      refused: () => pages.find((page) => page.state === "refused"),
      done: () => going,
      point: () => {
        sum();
        said.focus();
      },
    };
  };

  const papers = new Map(places.map((place) => [place.dataset.field, begin(place)]));

  /* Pages that were sent before this page was opened. */
  fetch(places[0].dataset.waiting, { headers: HEADERS })
    .then((answer) => (answer.status === 200 ? answer.json() : {}))
    .then((found) => {
      for (const [field, keys] of Object.entries(found)) papers.get(field)?.resume(keys);
    })
    .catch(() => {});

  /* The form waits until all pages are sent. */
  form.addEventListener(
    "submit",
    (event) => {
      const all = [...papers.values()];
      const wrong = all.find((paper) => paper.refused());
      const late = all.filter((paper) => paper.waits());
      if (!wrong && !late.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (wrong) return wrong.point();
      late[0].point();
      Promise.all(late.map((paper) => paper.done())).then(() => {
        if (!all.some((paper) => paper.refused() || paper.waits())) form.requestSubmit(event.submitter);
      });
    },
    true,
  );
})();
