// A provider of OpenID Connect on the loopback: node oidc_provider.mjs PORT REDIRECT_URI
// Its page of login believes whatever is typed: the document, its kind and the acr.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const people = new Map();

const provider = new Provider(issuer, {
  acrValues: ["one_factor", "two_factor", "certificate_dnie", "certificate_token"],
  claims: { openid: ["sub"], profile: ["doc", "docType", "firstName", "ruc"] },
  clients: [{
    client_id: "zaguan",
    client_secret: "a secret of the provider and of this site",
    redirect_uris: [redirectUri],
    response_types: ["code"],
    grant_types: ["authorization_code"],
    token_endpoint_auth_method: "client_secret_post",
  }],
  cookies: { keys: ["a key of the tests"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  async loadExistingGrant(ctx) {
    const { client, session, provider: own } = ctx.oidc;
    const grant = new own.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});

async function typed(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return Object.fromEntries(new URLSearchParams(body));
}

async function interact(request, response) {
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="es"><title>Proveedor de pruebas</title>
      <form method="post"><label>doc <input name="doc"></label>
      <label>docType <input name="docType" value="DNI"></label>
      <label>acr <input name="acr" value="two_factor"></label>
      <button>Continuar</button><button name="cancel" value="yes">Cancelar</button></form></html>`);
    return;
  }
  const { doc, docType, acr, cancel } = await typed(request);
  if (cancel) {
    await provider.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  const accountId = `subject of ${docType} ${doc}`;
  people.set(accountId, { doc, docType, firstName: "Persona", ruc: "20000000001" });
  await provider.interactionFinished(request, response, { login: { accountId, acr } });
}

const answer = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith("/interaction/")) {
    interact(request, response).catch((fault) => response.destroy(fault));
  } else {
    answer(request, response);
  }
}).listen(Number(port), "127.0.0.1");
