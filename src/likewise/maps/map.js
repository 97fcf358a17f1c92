"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const canvas = byId("map"), tip = byId("tip"), legend = byId("legend"), search = byId("search"), found = byId("found");
  const context = canvas.getContext("2d");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const count = data.texts.length, steps = 65535, cells = 128;
  const xs = Float64Array.from(data.x, (x) => x / steps), ys = Float64Array.from(data.y, (y) => 1 - y / steps);
  const groups = data.groups, numbers = new Intl.NumberFormat("en");
  const view = { scale: 1, x: 0, y: 0, fitted: 1 };
  let chosen = null, words = [], lowered = null, shown = -1, lit = null, hits = [], step = -1, waiting = false;
  let colours = [], others = null, back = null, masks = new Map(), image = null;

  // ---- groups: members, middles, colours

  const members = data.labels.map(() => []);
  groups.forEach((group, point) => { if (group >= 0) members[group].push(point); });
  const lonely = count - members.reduce((sum, some) => sum + some.length, 0);
  const middle = (values) => values.length ? values.sort()[values.length >> 1] : 0;
  const centres = members.map((some) => [
    middle(Float64Array.from(some, (point) => xs[point])), middle(Float64Array.from(some, (point) => ys[point])),
  ]);

  function colour(group) {
    if (group < 0) return dark.matches ? "oklch(0.55 0 0)" : "oklch(0.72 0 0)";
    const lightness = (dark.matches ? [0.74, 0.64, 0.84] : [0.6, 0.47, 0.7])[group % 3];
    const chroma = dark.matches ? 0.14 : 0.16;
    return `oklch(${lightness} ${chroma} ${(group * 137.508 + 25) % 360})`;
  }

  const swatch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function channels(colour) {
    swatch.fillStyle = colour;
    swatch.fillRect(0, 0, 1, 1);
    return swatch.getImageData(0, 0, 1, 1).data;
  }

  const property = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function paintTheme() {
    colours = data.labels.map((_, group) => channels(colour(group)));
    others = channels(colour(-1));
    back = channels(property("--back"));
    for (const dot of legend.querySelectorAll("circle")) dot.setAttribute("fill", colour(Number(dot.dataset.group)));
    draw();
  }

  function addLegend(group, name, size) {
    const button = document.createElement("button"), item = document.createElement("li");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    svg.setAttribute("viewBox", "0 0 10 10");
    svg.setAttribute("aria-hidden", "true");
    for (const [key, value] of [["cx", 5], ["cy", 5], ["r", 5]]) dot.setAttribute(key, value);
    dot.dataset.group = group;
    svg.append(dot);
    button.type = "button";
    button.dataset.group = group;
    button.setAttribute("aria-pressed", "false");
    button.append(svg, part("span", "name", name), part("span", "count", numbers.format(size)));
    button.addEventListener("click", () => choose(chosen === group ? null : group));
    item.append(button);
    legend.append(item);
  }

  function part(tag, kind, text) {
    const element = document.createElement(tag);
    element.className = kind;
    element.dir = "auto";
    element.textContent = text;
    return element;
  }

  // ---- what is highlighted

  function choose(group) {
    chosen = group;
    for (const button of legend.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.group) === group && group !== null));
    }
    highlight();
  }

  function highlight() {
    step = -1;
    hits = [];
    lit = null;
    if (chosen !== null || words.length) {
      if (words.length && !lowered) lowered = data.texts.map((text) => text.toLowerCase());
      lit = new Uint8Array(count);
      for (let point = 0; point < count; point++) {
        if (chosen !== null && groups[point] !== chosen) continue;
        if (!words.every((word) => lowered[point].includes(word))) continue;
        lit[point] = 1;
        hits.push(point);
      }
    }
    found.textContent = words.length ? `${numbers.format(hits.length)} of ${numbers.format(count)} texts` : "";
    canvas.dataset.highlighted = lit ? hits.length : "";
    tell(-1);
    draw();
  }

  search.addEventListener("input", () => {
    words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    highlight();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !hits.length) return;
    step = (step + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    const point = hits[step];
    view.x = canvas.clientWidth / 2 - xs[point] * view.scale;
    view.y = canvas.clientHeight / 2 - ys[point] * view.scale;
    draw();
    tell(point);
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    words = [];
    choose(null);
  });

  // ---- drawing

  const left = (point) => xs[point] * view.scale + view.x, top = (point) => ys[point] * view.scale + view.y;

  function radius() {
    const plain = Math.max(1.7, 6.2 - Math.log10(count + 1));
    return Math.min(9, plain * Math.pow(Math.max(1, view.scale / view.fitted), 0.35));
  }

  // The pixels of a dot and how much of each it covers, for centres at a pixel or half way to the next.
  function mask(size, right, down) {
    const key = `${size} ${right} ${down}`;
    if (!masks.has(key)) {
      const far = Math.ceil(size) + 1, pixels = [];
      for (let y = -far; y <= far; y++) {
        for (let x = -far; x <= far; x++) {
          const cover = Math.min(1, size + 0.5 - Math.hypot(x - right / 2, y - down / 2));
          if (cover > 0) pixels.push(x, y, cover);
        }
      }
      masks.set(key, Float32Array.from(pixels));
    }
    return masks.get(key);
  }

  // Dots are painted into memory, pixel by pixel: tens of thousands of calls of the canvas would be far slower.
  function paintDots(wanted, size, ratio, opacity) {
    const { width, height, data: pixels } = image;
    for (let point = 0; point < count; point++) {
      if (lit && lit[point] !== wanted) continue;
      const x = Math.round(left(point) * ratio * 2), y = Math.round(top(point) * ratio * 2);
      if (x < -40 || y < -40 || x > 2 * width + 40 || y > 2 * height + 40) continue;
      const dot = mask(size, x & 1, y & 1), [red, green, blue] = groups[point] < 0 ? others : colours[groups[point]];
      for (let index = 0; index < dot.length; index += 3) {
        const column = (x >> 1) + dot[index], row = (y >> 1) + dot[index + 1];
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const at = 4 * (row * width + column), cover = dot[index + 2] * opacity;
        pixels[at] += (red - pixels[at]) * cover;
        pixels[at + 1] += (green - pixels[at + 1]) * cover;
        pixels[at + 2] += (blue - pixels[at + 2]) * cover;
      }
    }
  }

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(); });
  }

  function paint() {
    const ratio = canvas.width / Math.max(1, canvas.clientWidth), size = Math.round(radius() * 4) / 4;
    if (!image || image.width !== canvas.width || image.height !== canvas.height) {
      image = context.createImageData(Math.max(1, canvas.width), Math.max(1, canvas.height));
    }
    new Uint32Array(image.data.buffer).fill(new Uint32Array(Uint8Array.from(back).buffer)[0]);
    if (masks.size > 200) masks.clear();
    paintDots(0, size * ratio, ratio, lit ? 0.12 : count > 10000 ? 0.6 : 0.8);
    if (lit) paintDots(1, size * ratio, ratio, 0.95);
    context.putImageData(image, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintNames(canvas.clientWidth, canvas.clientHeight);
    if (shown >= 0) paintRing(size);
    canvas.dataset.points = count;
  }

  function paintRing(size) {
    context.beginPath();
    context.arc(left(shown), top(shown), size + 3, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = property("--text");
    context.stroke();
  }

  // Names of the largest groups first; one that would cover another is moved up or down a little, or left out until
  // there is room.
  function paintNames(width, height) {
    const taken = [], high = width < 600 ? 15 : 18;
    context.font = `600 ${width < 600 ? 11 : 13}px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = property("--back");
    context.fillStyle = property("--text");
    const order = data.labels.map((_, group) => group).sort((a, b) => members[b].length - members[a].length);
    if (chosen !== null && chosen >= 0) order.unshift(...order.splice(order.indexOf(chosen), 1));
    for (const group of order) {
      if (!members[group].length) continue;
      const name = data.labels[group].length > 40 ? `${data.labels[group].slice(0, 39)}…` : data.labels[group];
      const half = context.measureText(name).width / 2 + 5;
      const plain = centres[group][0] * view.scale + view.x, y = centres[group][1] * view.scale + view.y;
      if (plain < 0 || y < 0 || plain > width || y > height) continue;
      const x = Math.min(Math.max(plain, half), Math.max(half, width - half));
      const place = [0, -1, 1, -2, 2].map((move) => y + move * high).find((at) => at > high / 2 && at < height - high / 2
        && !taken.some(([a, b, other]) => Math.abs(a - x) < half + other && Math.abs(b - at) < high));
      if (place === undefined) continue;
      taken.push([x, place, half]);
      context.globalAlpha = lit && chosen !== null && group !== chosen ? 0.25 : 1;
      context.strokeText(name, x, place);
      context.fillText(name, x, place);
    }
    context.globalAlpha = 1;
  }

  // ---- moving

  function fit() {
    const [low, high] = [[Math.min, 1], [Math.max, 0]].map(([edge, start]) =>
      [xs, ys].map((values) => values.reduce((a, b) => edge(a, b), start)));
    const wide = Math.max(high[0] - low[0], 1e-3), tall = Math.max(high[1] - low[1], 1e-3);
    const width = Math.max(canvas.clientWidth, 80), height = Math.max(canvas.clientHeight, 80);
    const buttons = 35;  // are in the lower corner, and shall cover nothing
    view.scale = view.fitted = Math.min((width - 70) / wide, (height - 70 - buttons) / tall, 4 * Math.max(width, height));
    view.x = width / 2 - (low[0] + high[0]) / 2 * view.scale;
    view.y = (height - buttons) / 2 - (low[1] + high[1]) / 2 * view.scale;
    tell(-1);
    draw();
  }

  function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const scale = Math.min(Math.max(view.scale * factor, view.fitted / 3), view.fitted * 200);
    view.x = x - (x - view.x) * scale / view.scale;
    view.y = y - (y - view.y) * scale / view.scale;
    view.scale = scale;
    tell(-1);
    draw();
  }

  function move(x, y) {
    view.x += x;
    view.y += y;
    tell(-1);
    draw();
  }

  const pointers = new Map();
  const within = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, within(event));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      pointers.delete(event.pointerId);
      canvas.classList.remove("dragged");
      if (event.pointerType !== "mouse") tell(nearest(...within(event)));
    });
  }
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = within(event), before = pointers.get(event.pointerId);
    if (!before) {
      tell(nearest(x, y));
    } else if (pointers.size === 2) {
      const old = spread();
      pointers.set(event.pointerId, [x, y]);
      const [a, b] = [...pointers.values()];
      if (old > 0) zoom(spread() / old, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
    } else if (x !== before[0] || y !== before[1]) {
      pointers.set(event.pointerId, [x, y]);
      canvas.classList.add("dragged");
      move(x - before[0], y - before[1]);
    }
  });
  canvas.addEventListener("pointerleave", () => { if (!pointers.size) tell(-1); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaMode ? event.deltaY * 20 : event.deltaY)) / 250), ...within(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => zoom(2, ...within(event)));
  const keys = {
    ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60),
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), "0": fit,
  };
  canvas.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  byId("in").addEventListener("click", () => zoom(1.6));
  byId("out").addEventListener("click", () => zoom(1 / 1.6));
  byId("all").addEventListener("click", fit);

  // ---- the text under the pointer

  const grid = new Map();
  const cell = (value) => Math.min(cells - 1, Math.max(0, Math.floor(value * cells)));
  for (let point = 0; point < count; point++) {
    const key = cell(ys[point]) * cells + cell(xs[point]);
    if (!grid.has(key)) grid.set(key, []);
    grid.get(key).push(point);
  }

  function nearest(x, y) {
    const reach = Math.max(8, radius() + 4) / view.scale, dataX = (x - view.x) / view.scale, dataY = (y - view.y) / view.scale;
    let best = -1, least = reach * reach, bestLit = false;
    for (let row = cell(dataY - reach); row <= cell(dataY + reach); row++) {
      for (let column = cell(dataX - reach); column <= cell(dataX + reach); column++) {
        for (const point of grid.get(row * cells + column) || []) {
          const distance = (xs[point] - dataX) ** 2 + (ys[point] - dataY) ** 2;
          const isLit = Boolean(lit && lit[point]);
          if (distance > reach * reach || (bestLit && !isLit) || (bestLit === isLit && distance > least)) continue;
          if (bestLit === isLit && distance === least && best >= 0) continue;
          [best, least, bestLit] = [point, distance, isLit];
        }
      }
    }
    return best;
  }

  const name = (point) => groups[point] >= 0 ? data.labels[groups[point]] : data.others;

  function tell(point) {
    if (point === shown) return;
    shown = point;
    canvas.classList.toggle("above", point >= 0);
    tip.hidden = point < 0;
    draw();
    if (point < 0) return;
    const same = (grid.get(cell(ys[point]) * cells + cell(xs[point])) || [])
      .filter((other) => xs[other] === xs[point] && ys[other] === ys[point]).length - 1;
    const facts = [name(point), data.places[point], same ? `${numbers.format(same)} more at this place` : ""];
    tip.replaceChildren(part("div", "text", data.texts[point]), part("div", "place", facts.filter(Boolean).join(" · ")));
    const x = left(point), y = top(point), gap = 12;
    tip.style.left = "0px";
    tip.style.top = "0px";
    const fitsRight = x + gap + tip.offsetWidth < canvas.clientWidth;
    tip.style.left = `${Math.max(4, fitsRight ? x + gap : x - gap - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(4, Math.min(y + gap, canvas.clientHeight - tip.offsetHeight - 4))}px`;
  }

  // ---- start

  data.labels.forEach((label, group) => addLegend(group, label, members[group].length));
  if (lonely) addLegend(-1, data.others, lonely);
  dark.addEventListener("change", paintTheme);
  new ResizeObserver(() => {
    const ratio = devicePixelRatio || 1, fresh = !canvas.dataset.points;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    if (fresh || view.scale === view.fitted) fit();
    else draw();
  }).observe(canvas);
  window.likewiseMap = { place: (point) => ({ x: left(point), y: top(point) }) };
  paintTheme();
})();
