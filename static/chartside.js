// Chartside in the browser: refinement only. Every page works without this file.
// Keeps ages current, follows writes, adds keys, and clears the page when the chart changes.

const root = document.documentElement;
root.classList.add("scripted");

const stopped = new AbortController();

function say(text) {
  const live = document.getElementById("live");
  if (live && text) live.textContent = text;
}

// ---- the chart changed: nothing of the old patient stays for even one frame ------------------

const CHANGES = new Set(["patientContextChanged", "patient-changed", "patient-close"]);

function clearChart() {
  const body = document.body;
  stopped.abort();
  window.stop();
  if (!body) return;
  const notice = document.getElementById("chart-changed");
  const kept = notice ? notice.content.cloneNode(true) : document.createDocumentFragment();
  body.replaceChildren(kept);
  body.dataset.cleared = "1";
  body.querySelector("a, button")?.focus();
}

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || window.parent === window) return;
  const allowed = (document.body?.dataset.hostOrigins || "").split(" ").filter(Boolean);
  if (allowed.length && !allowed.includes(event.origin)) return;
  const data = event.data;
  const name = typeof data === "string" ? data : data && (data.type || data.event || data.messageType);
  if (CHANGES.has(name)) clearChart();
});

// ---- ages ------------------------------------------------------------------------------------

function adoptFreshness() {
  const now = document.getElementById("freshness-now");
  const shown = document.getElementById("freshness");
  if (!now || !shown) return;
  const text = shown.querySelector("[data-read-at]");
  if (!text || !now.dataset.readAt) return;
  text.textContent = now.dataset.text;
  text.dataset.readAt = now.dataset.readAt;
  shown.className = `opens fresh-${now.dataset.state}`;
  shown.querySelector(".prov")?.remove();
  shown.append(now.content.cloneNode(true));
}

function tickAges() {
  const shown = document.getElementById("freshness");
  const text = shown?.querySelector("[data-read-at]");
  if (!text?.dataset.readAt || shown.classList.contains("fresh-part")) return;
  const words = document.getElementById("age-words")?.dataset;
  if (!words) return;
  const seconds = Math.max(0, (Date.now() - Date.parse(text.dataset.readAt)) / 1000);
  const old = seconds > Number(text.dataset.staleAfter);
  const minutes = Math.floor(seconds / 60);
  const pick = minutes < 1 ? words.now
    : minutes < 60 ? (old ? words.minutesOld : words.minutes).replace("{n}", minutes)
    : minutes < 2880 ? (old ? words.hoursOld : words.hours).replace("{n}", Math.floor(minutes / 60))
    : (old ? words.daysOld : words.days).replace("{n}", Math.floor(minutes / 1440));
  text.textContent = words.line.replace("{age}", pick).replaceAll(" ", "\u00a0");
  shown.classList.toggle("fresh-stale", old);
}

// ---- writes that are on their way ------------------------------------------------------------

const FIRST_MS = 1000, LAST_MS = 15000;

const statesOf = (section) => new Map(
  [...section.querySelectorAll("[data-write]")].map((row) => [row.dataset.write, row.dataset]),
);

function replaceSent(before, after) {
  const focused = before.contains(document.activeElement)
    ? document.activeElement.closest("[data-write]")?.dataset.write : null;
  const old = statesOf(before);
  before.replaceWith(after);
  for (const [id, row] of statesOf(after)) {
    if (old.get(id)?.state !== row.state) say(row.word);
  }
  if (focused) after.querySelector(`[data-write="${CSS.escape(focused)}"] a`)?.focus();
}

async function followWrites(wait = FIRST_MS) {
  const section = document.querySelector("[data-poll]");
  if (!section || stopped.signal.aborted) return;
  await new Promise((done) => setTimeout(done, wait));
  if (stopped.signal.aborted) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(section.dataset.poll, {
        signal: stopped.signal, credentials: "same-origin", cache: "no-store", redirect: "error",
      });
      if (!answer.ok) return;
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      const after = parsed.getElementById("sent");
      if (!after || stopped.signal.aborted) return;
      replaceSent(document.getElementById("sent"), document.adoptNode(after));
    } catch {
      if (stopped.signal.aborted) return;
    }
  }
  followWrites(Math.min(wait * 1.6, LAST_MS));
}

// ---- keys: only unmodified ones, only outside fields, so the host keeps its own ---------------

const isField = (node) => node?.closest("input, textarea, select, [contenteditable]");

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility?.() ?? row.offsetParent);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function toggleKeys() {
  const keys = document.getElementById("keys");
  if (!keys) return;
  keys.open = !keys.open;
  if (keys.open) keys.querySelector("summary").focus();
}

const KEYS = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  "?": toggleKeys,
  "/": () => document.querySelector("[data-filter]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.target.closest?.("form[data-edit]")?.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-do='print']")) window.print();
});

// ---- forms: one submit each; the server is idempotent anyway -----------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

function markChosen() {
  for (const set of document.querySelectorAll("[data-choice]")) {
    const chosen = set.querySelector("input:checked");
    const word = set.querySelector("[data-choice-word]");
    if (!word) continue;
    word.textContent = chosen ? word.dataset.chosen : word.dataset.open;
    word.classList.toggle("open", !chosen);
  }
}
document.addEventListener("change", markChosen);

// This file runs as soon as it is here, so that a chart can be cleared while it still streams;
// all that needs the whole page waits for it.

// Notices that became true while the page streamed stand at its end; here they come to the top.
function raiseNotices() {
  for (const late of document.querySelectorAll(".late")) {
    late.closest(".shell")?.querySelector("main")?.prepend(late);
    say(late.querySelector("b")?.textContent);
  }
}

function begin() {
  raiseNotices();
  document.querySelector("[data-first-error]")?.focus();
  markChosen();
  adoptFreshness();
  tickAges();
  setInterval(tickAges, 30000);
  followWrites();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
