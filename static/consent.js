// The consent grid by keyboard: arrows move, Y / N / U set. Without it each cell is a plain choice.

const grid = document.querySelector("[data-consent]");
const here = document.querySelector("[data-evidence-here]");
const KEYS = { y: "agreed", n: "refused", u: "none" };

const cells = () => [...grid.querySelectorAll("[data-cell]")];
const rows = () => [...grid.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("[data-cell]")]).filter((row) => row.length);
const choiceOf = (cell) => cell.querySelector("select");
const wordOf = (select) => select.selectedOptions[0]?.textContent || "";

function draw(cell) {
  const select = choiceOf(cell);
  cell.dataset.state = select.value;
  cell.toggleAttribute("data-unsaved", select.value !== cell.dataset.saved);
  cell.setAttribute("aria-label", `${select.getAttribute("aria-label")}: ${wordOf(select)}`);
}

function show(cell) {
  for (const other of cells()) other.tabIndex = other === cell ? 0 : -1;
  const evidence = cell.querySelector("[data-evidence]");
  here.replaceChildren(evidence ? evidence.content.cloneNode(true) : "");
}

function set(cell, value) {
  const select = choiceOf(cell);
  if (![...select.options].some((option) => option.value === value)) return;
  select.value = value;
  draw(cell);
}

function move(cell, down, across) {
  const table = rows();
  const row = table.findIndex((found) => found.includes(cell));
  const column = table[row].indexOf(cell) + across;
  const next = table[Math.min(Math.max(row + down, 0), table.length - 1)];
  next[Math.min(Math.max(column, 0), next.length - 1)].focus();
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function onKey(event) {
  const cell = event.target.closest("[data-cell]");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const rtl = getComputedStyle(grid).direction === "rtl" ? -1 : 1;
  const arrow = ARROWS[event.key];
  const state = KEYS[event.key.toLowerCase()];
  if (arrow) move(cell, arrow[0], arrow[1] * rtl);
  else if (state) set(cell, state);
  else if (event.key === " ") turn(cell);
  else return;
  event.preventDefault();
}

function turn(cell) {
  const values = [...choiceOf(cell).options].map((option) => option.value);
  set(cell, values[(values.indexOf(choiceOf(cell).value) + 1) % values.length]);
}

if (grid) {
  grid.classList.add("by-key");
  grid.setAttribute("role", "grid");
  for (const row of grid.querySelectorAll("tr")) row.setAttribute("role", "row");
  for (const head of grid.querySelectorAll("th")) head.setAttribute("role", head.scope === "col" ? "columnheader" : "rowheader");
  grid.querySelector(".wide-cell")?.setAttribute("role", "gridcell");
  for (const cell of cells()) {
    cell.setAttribute("role", "gridcell");
    choiceOf(cell).tabIndex = -1;
    draw(cell);
    cell.addEventListener("focus", () => show(cell));
    cell.addEventListener("click", () => { cell.focus(); turn(cell); });
  }
  grid.addEventListener("keydown", onKey);
  const first = cells().find((cell) => cell.querySelector(".error")) || cells()[0];
  if (first) {
    show(first);
    (document.querySelector("[aria-invalid='true']:not(.by-key *)") || first).focus();
  }
}
