/* Refines the window: everything here also works as a plain link or form. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const work = byId("work");
  const chart = byId("chart");
  const box = byId("frame-box");
  const handle = byId("handle");
  const said = byId("said");
  const here = () => new URLSearchParams(location.search);
  let quiet;

  const say = (words) => {
    said.textContent = words;
    clearTimeout(quiet);
    quiet = setTimeout(() => { said.textContent = ""; }, 6000);
  };

  const remember = (changes) => {
    const query = here();
    for (const [key, value] of Object.entries(changes)) query.set(key, value);
    history.replaceState(null, "", "/?" + query);
    // Links and forms carry the whole address, so they have to hear of it.
    for (const link of document.querySelectorAll('a[href^="/?"]')) {
      const own = new URLSearchParams(link.getAttribute("href").slice(2));
      for (const [key, value] of Object.entries(changes)) {
        if (!(key === "width" && link.dataset.width) && !(key === "tab" && link.dataset.tab)) own.set(key, value);
      }
      link.setAttribute("href", "/?" + own);
    }
    for (const back of document.querySelectorAll('input[name="back"]')) back.value = "/?" + query;
  };

  /* ---- the chosen person is in sight */
  const list = document.querySelector(".charts");
  const chosen = list?.querySelector("[aria-current]");
  if (chosen && list.scrollHeight > list.clientHeight) {
    list.scrollTop = chosen.offsetTop - list.clientHeight / 2;
  }

  /* ---- frame width */
  const fit = () => {
    if (!box) return;
    work.classList.remove("stacked");
    work.classList.toggle("stacked", work.clientWidth - box.offsetWidth < 300);
  };
  const setWidth = (wanted) => {
    const low = Number(handle.getAttribute("aria-valuemin"));
    const high = Number(handle.getAttribute("aria-valuemax"));
    const width = Math.min(high, Math.max(low, Math.round(wanted)));
    box.style.inlineSize = width + "px";
    box.dataset.width = width;
    handle.setAttribute("aria-valuenow", width);
    for (const link of document.querySelectorAll("[data-width]")) {
      if (link === box) continue;
      if (Number(link.dataset.width) === width) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    remember({ width });
    fit();
  };
  if (box) {
    setWidth(Number(box.dataset.width));
    for (const link of document.querySelectorAll("a[data-width]")) {
      link.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        setWidth(Number(link.dataset.width));
      });
    }
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: 10, ArrowRight: -10, Home: -1e6, End: 1e6 }[event.key];
      if (!step) return;
      event.preventDefault();
      setWidth(box.clientWidth + step);
    });
    handle.addEventListener("pointerdown", (event) => {
      const from = event.clientX;
      const width = box.clientWidth;
      handle.setPointerCapture(event.pointerId);
      document.body.classList.add("dragging");
      const move = (moved) => setWidth(width + from - moved.clientX);
      const stop = () => {
        document.body.classList.remove("dragging");
        handle.removeEventListener("pointermove", move);
      };
      handle.addEventListener("pointermove", move);
      handle.addEventListener("lostpointercapture", stop, { once: true });
    });
    addEventListener("resize", fit);
  }

  /* ---- chart pane: other pages of the chart, and changes behind it, leave the app alone */
  const load = async (tab) => {
    const query = here();
    if (tab) query.set("tab", tab);
    const answer = await fetch("/_window/chart?" + query);
    if (!answer.ok) return;
    const focused = document.activeElement?.dataset?.tab;
    const old = [...chart.querySelectorAll("tr")].map((row) => row.textContent);
    chart.innerHTML = await answer.text();
    if (tab) remember({ tab });
    else {
      for (const row of chart.querySelectorAll("tbody tr")) {
        if (!old.includes(row.textContent)) row.classList.add("changed");
      }
    }
    if (focused) chart.querySelector(`[data-tab="${focused}"]`)?.focus();
  };
  chart.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-tab]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    load(link.dataset.tab);
  });
  const aside = byId("post");
  const loadPost = async (mark) => {
    const body = byId("reply-body");
    if (!aside || mark === aside.dataset.mark || (body && body.value)) return;
    const answer = await fetch("/_window/post?" + here());
    if (!answer.ok) return;
    const within = aside.contains(document.activeElement);
    aside.innerHTML = await answer.text();
    aside.dataset.mark = mark;
    const texts = aside.querySelector(".texts");
    if (texts) texts.scrollTop = texts.scrollHeight;
    if (within) byId("reply-body")?.focus();
  };
  aside?.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-reply]");
    if (!form) return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, event.submitter));
    await fetch(form.action, { method: "POST", headers: { accept: "application/json" }, body: data });
    form.reset();
    watch();
  });
  const watch = async () => {
    if (document.hidden) return;
    const answer = await fetch("/_window/mark?" + here()).catch(() => null);
    if (!answer?.ok) return;
    const { mark, clock, post: postMark } = await answer.json();
    await loadPost(postMark);
    byId("clock").textContent = clock;
    if (mark !== chart.dataset.mark) {
      chart.dataset.mark = mark;
      await load();
    }
  };
  setInterval(watch, 1500);

  /* ---- switches, acts and the slider without a new page */
  const post = async (form) => {
    const answer = await fetch(form.action, {
      method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
    });
    return answer.ok ? answer.json() : {};
  };
  for (const form of document.querySelectorAll("form[data-quiet]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await post(form);
      if ("on" in answer) form.querySelector("button").setAttribute("aria-checked", String(answer.on));
      if (answer.clock) byId("clock").textContent = answer.clock;
      if (answer.said) say(answer.said);
      watch();
    });
  }
  const slider = byId("latency");
  slider.addEventListener("input", () => { byId("latency-shown").textContent = slider.value + " ms"; });
  slider.addEventListener("change", () => post(slider.form));
})();
