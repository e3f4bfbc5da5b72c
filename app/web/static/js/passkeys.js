/* Passkeys: shows the parts of the page that need them, asks the browser for one, and posts its answer.
   Without this script a code serves. */

(() => {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials) return;

  for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-passkey-without]")) part.hidden = true;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };

  const text = (buffer) => {
    if (!buffer) return undefined;
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const fetched = async (form) => {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("para", form.dataset.passkey === "register" ? "agregar" : "usar");
    const answer = await fetch(form.dataset.options, { method: "POST", body });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };

  /* Both return what the server parses: the answer of the device, with its bytes as text. */
  const posted = (one, response) => ({ id: one.id, rawId: text(one.rawId), type: one.type, response });

  const made = async (options) => {
    const one = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return posted(one, {
      clientDataJSON: text(one.response.clientDataJSON),
      attestationObject: text(one.response.attestationObject),
      transports: one.response.getTransports ? one.response.getTransports() : [],
    });
  };

  const used = async (options) => {
    const one = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
    return posted(one, {
      clientDataJSON: text(one.response.clientDataJSON),
      authenticatorData: text(one.response.authenticatorData),
      signature: text(one.response.signature),
      userHandle: text(one.response.userHandle),
    });
  };

  const answer = async (form) => {
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      const options = await fetched(form);
      const given = await (form.dataset.passkey === "register" ? made(options) : used(options));
      form.elements.credential.value = JSON.stringify(given);
    } catch {
      failed.hidden = false;
      return;
    }
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.dataset.passkey === "register" && form.elements.name.value.trim() === "") form.submit();
      else answer(form);
    });
  }
})();
