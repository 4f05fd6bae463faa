// Asking the server: gql for everything the API has, call for the rest.

// Refused is an error with the server's own words; code and field are there when it told them.
export class Refused extends Error {
  constructor(message, { code = "", field = "", status = 0, errors = [] } = {}) {
    super(message);
    Object.assign(this, { code, field, status, errors });
  }
}

const send = (url, body, signal) => post(url, "application/json", JSON.stringify(body ?? {}), signal);

async function post(url, type, body, signal) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", headers: { "Content-Type": type }, body, signal });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Refused("The server does not answer. Is it running?");
  }
  if (answer.status === 401) {
    location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    await new Promise(() => {}); // the page goes away
  }
  const text = await answer.text();
  let json;
  try { json = text ? JSON.parse(text) : {}; } catch { throw new Refused(text || answer.statusText, { status: answer.status }); }
  return { status: answer.status, json };
}

// gql runs a document and returns its data. Any error is thrown, the first one's words first: its reason,
// where it tells one. warned gets the words of warnings.
export async function gql(query, variables = {}, { signal, partial = false, warned } = {}) {
  const { status, json } = await send("/console/v2", { query, variables }, signal);
  if (json.errors?.length && !(partial && json.data)) {
    const { message, extensions: { code, error_data: more } = {} } = json.errors[0];
    throw new Refused(more?.reason || message, { code, field: more?.argument, status, errors: json.errors });
  }
  if (json.extensions?.warnings?.length) warned?.(json.extensions.warnings.map((w) => w.message));
  return json.data;
}

// call asks one of the console's own calls.
export const call = async (path, body, { signal } = {}) => accepted(await send("/console/" + path, body, signal));

// upload is call with a file for its body. The server looks at the file itself: what it is said to be does not count.
export const upload = async (path, file) => accepted(await post("/console/" + path, "application/octet-stream", file));

function accepted({ status, json }) {
  if (status >= 400) throw new Refused(json.message || "It was refused.", { code: json.code, field: json.field, status });
  return json;
}
