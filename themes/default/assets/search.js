// Search: names of entities at once, words of docs and API operations as their parts of the index arrive. Loaded on first use.
// The index is made by generator/search; version, fold, words and path here and there must agree.
import { root, icon, store } from './app.js';
const VERSION = 1, base = new URL('search/', root), scopes = ['', 'Entities', 'Docs', 'APIs'];

// ---- words ----
const odd = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ' };
export const fold = s => s.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').normalize('NFC').toLowerCase().replace(/[ßæœøłđðþıς]/g, c => odd[c]);
// scripts without spaces are cut into pairs of letters
const dense = /[ー\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u, mark = /\p{M}/u;
const camel = s => s.split(/(?<=[^\p{Lu}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
const clip = s => [...s].slice(0, 40).join('');
// words returns what a page must have: the parts of camelCase, not the whole
export const words = text => {
  const out = [];
  for (const [run] of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    let part = '', thick = false;
    const emit = () => {
      if (!part) return;
      if (thick) { const c = [...fold(part)]; if (c.length === 1) out.push(c[0]); for (let i = 0; i + 1 < c.length; i++) out.push(c[i] + c[i + 1]) }
      else for (const p of camel(part)) { const w = clip(fold(p)); if (w) out.push(w) }
      part = '';
    };
    for (const c of run) {
      const d = dense.test(c);
      if (part && d !== thick && !mark.test(c)) emit();
      if (!part) thick = d;
      part += c;
    }
    emit();
  }
  return out;
};
// path names the steps to the part of the index that holds a word
const step = c => /[a-z0-9]/.test(c) ? c : '-' + c.codePointAt(0).toString(16);
const path = w => { const c = [...w]; return (/[a-z0-9]/.test(c[0]) ? [] : ['-', (c[0].codePointAt(0) >> 8).toString(16)]).concat(c.map(step)).slice(0, 6) };

// ---- files ----
const files = new Map();
// the start is asked for anew, the parts may come from the browser's cache unless they are of another build
const fetched = async (name, cache) => {
  const r = await fetch(new URL(name, base), { cache });
  if (!r.ok) throw Error(`${name}: ${r.status}`);
  const d = await r.json();
  if (d?.v !== VERSION) throw Error('version');
  return d;
};
const get = name => {
  if (!files.has(name)) files.set(name, (async () => {
    if (!data) return fetched(name, 'no-cache');
    let d = await fetched(name, 'default').catch(() => null);
    if (d?.s !== data.s) d = await fetched(name, 'reload');
    if (d.s !== data.s) throw Error('version');
    return d;
  })().catch(e => { files.delete(name); throw e }));
  return files.get(name);
};
// what cannot be loaded is missing in the answer, and the answer says so
let lost = 0;
const soft = name => get(name).catch(e => { if (e.message === 'version') throw e; lost++; return null });

let data, loading;
const load = () => data ? Promise.resolve(data) : loading ||= get('index.json').then(prepare).catch(e => { files.delete('index.json'); throw e }).finally(() => loading = null);
const prepare = x => {
  const names = x.name ? x.name.split('\n') : [], n = names.length;
  for (const k of ['kind', 'ns', 'type', 'owner', 'system', 'life', 'status']) if (x[k]?.length !== n) throw Error('cut');
  for (const k of ['t', 'd', 'x', 'tree', 'kinds', 'namespaces', 'types', 'owners', 'systems', 'lifecycles', 'tags']) if (!Array.isArray(x[k])) throw Error('cut');
  const short = r => String(r).replace(/^[^:]*:/, '').replace(/^default\//, ''), at = (list, i) => list[i] ?? '';
  const E = names.map((name, i) => {
    const kind = at(x.kinds, x.kind[i]), ns = at(x.namespaces, x.ns[i]), title = x.title[i] ?? name;
    const e = { id: i, name: fold(name), title, t: fold(title), kind, type: at(x.types, x.type[i]), ref: `${kind}:${ns}/${name}`, ownerRef: at(x.owners, x.owner[i]), systemRef: at(x.systems, x.system[i]), life: at(x.lifecycles, x.life[i]), s: x.status[i], tags: (x.tag[i] || []).map(t => at(x.tags, t)), url: x.url[i] ?? `catalog/${ns}/${kind}/${name}/` };
    e.owner = short(e.ownerRef); e.system = short(e.systemRef); e.word = kind === 'component' && e.type || kind; e.lo = fold(e.owner); e.lt = e.tags.map(fold);
    e.parts = [...new Set(words(name + ' ' + title))]; e.flat = e.t.replace(/[^\p{L}\p{N}]/gu, '');
    return e;
  });
  return data = { E, s: x.s, n: x.n, keys: new Set(x.t), sorted: [...x.t].sort(), heads: x.d, texts: x.x, trees: x.tree };
};
// last returns the last of sorted numbers that is not above id
const last = (list, id, of = x => x) => { let lo = -1, hi = list.length; while (hi - lo > 1) { const m = (lo + hi) >> 1; of(list[m]) <= id ? lo = m : hi = m } return lo };
const part = async (letter, starts, id) => {
  const i = last(starts, id); if (i < 0) return;
  const d = await soft(`${letter}${starts[i]}.json`);
  return d?.d?.find(r => r[0] === id);
};
const head = id => part('d', data.heads, id), texts = id => part('x', data.texts, id);
// the entity whose docs page it is
const treeOf = id => { const t = data.trees[last(data.trees, id, t => t[0])]; return t && data.E[t[1]] };
// the parts with the words that begin with w; a short one begins many, of which a few parts are enough
const shards = w => {
  let k = '', near = '_';
  for (const s of path(w)) { k += s; if (data.keys.has(k)) return [k]; if (data.keys.has(k + '_')) near = k + '_' }
  return [near, ...w.length < 3 && !dense.test(w) ? [] : data.sorted.filter(x => x !== near && x.startsWith(k)).slice(0, 4)].filter(x => data.keys.has(x));
};

// ---- query ----
const alias = { team: 'group', teams: 'group', person: 'user', people: 'user', doc: 'docs', documentation: 'docs', apis: 'api', service: 'service' };
const states = { broken: 'b', degraded: 'w', healthy: 'o', ok: 'o', unknown: 'u', rolling: 'p' };
export const parse = q => {
  const f = [], phrases = [];
  let rest = q.slice(0, 300).replace(/(^|\s)(kind|type|owner|system|lifecycle|tag|is):("[^"]*"?|\S*)/gi, (_, a, k, v) => { v = fold(v.replaceAll('"', '')); if (v) f.push([k.toLowerCase(), v]); return ' ' });
  rest = rest.replace(/"([^"]+)"/g, (_, p) => { phrases.push(words(p).join(' ')); return ` ${p} ` });
  return { f, phrases: phrases.filter(Boolean), words: [...new Set(words(rest))].slice(0, 8), flat: fold(rest).replace(/[^\p{L}\p{N}]/gu, ''), raw: rest.trim() };
};
// one filter for entities, applied to docs through the entity they belong to
const passes = f => {
  const exact = {};
  for (const [k, v] of f) if (k === 'owner' || k === 'system') exact[k] = data.E.some(e => fold(e[k]) === v || e[k + 'Ref'] === v);
  return (e, doc) => f.every(([k, v]) => {
    if (k === 'kind') { const w = alias[v] || v; return doc ? w === 'docs' : e.kind === w || e.type === w || e.word === v }
    if (!e) return false;
    if (k === 'owner' || k === 'system') { const o = fold(e[k]); return exact[k] ? o === v || e[k + 'Ref'] === v : !!o && o.startsWith(v) }
    if (k === 'type') return e.type.startsWith(v);
    if (k === 'lifecycle') return e.life.startsWith(v);
    if (k === 'tag') return e.lt.includes(v);
    return states[v] ? e.s === states[v] : e.life === v;
  });
};
// near allows one slip: a letter too many, too few, wrong, or two changed over
const near = (a, b) => {
  if (Math.abs(a.length - b.length) > 1 || a === b) return a === b;
  let i = 0; while (i < a.length && a[i] === b[i]) i++;
  const x = a.slice(i), y = b.slice(i);
  return x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1) || x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
};
const named = (e, w) => {
  if (e.name === w || e.t === w || e.ref === w) return 100;
  if (e.t.startsWith(w)) return 60 + 20 * w.length / e.t.length;
  if (e.name.startsWith(w)) return 60 + 20 * w.length / e.name.length;
  if (e.t.includes(w) || e.name.includes(w)) { if (e.parts.some(p => p.startsWith(w))) return 40; if (w.length > 1) return 15 }
  if (e.lt.includes(w)) return 14;
  if (e.lo === w || e.system === w) return 10;
  if (e.word === w || e.kind === w || e.type === w) return 8;
  return w.length > 1 && (e.lo.includes(w) || e.ref.includes(w)) ? 4 : 0;
};

// ---- search ----
// found is what matched: number of the page -> score, words that matched, sections with their scores
export const search = async q => {
  await load();
  const t0 = performance.now(), p = parse(q), all = (1 << p.words.length) - 1, found = new Map(), ok = passes(p.f);
  lost = 0;
  const hit = id => { let h = found.get(id); if (!h) found.set(id, h = { id, s: 0, n: 0, m: 0, names: 0, sec: null }); return h };
  const answer = () => {
    const list = [], best = [...found.values()];
    let need = all;
    const full = h => (h.m & need) === need;
    // if nothing has every word, one may be missing
    let loose = false;
    if (p.words.length > 1 && !best.some(h => full(h) && ok(h.id < data.E.length ? data.E[h.id] : treeOf(h.id), h.id >= data.E.length))) loose = true;
    const bits = m => { let n = 0; for (; m; m &= m - 1) n++; return n };
    for (const h of best) {
      const doc = h.id >= data.E.length, e = doc ? treeOf(h.id) : data.E[h.id];
      if (!(loose ? bits(h.m) >= p.words.length - 1 : full(h)) || !ok(e, doc)) continue;
      // a name that has only some of the words says less than a heading with all
      let s = h.s + h.n * (h.names === all ? 1 : .4), top = 0, at = 0;
      for (const [i, x] of h.sec || []) if (x > top) { top = x; at = i }
      s += top;
      if (!doc) {
        if (p.flat && e.flat === p.flat) s += 60; else if (p.flat && e.flat.startsWith(p.flat)) s += 25;
        if (e.kind === 'component') s += .6;
        if (e.life === 'deprecated') s -= 3;
        s -= e.t.length / 200;
      }
      list.push({ id: h.id, s, at, e, doc, group: doc ? 'Docs' : e.kind === 'api' ? 'APIs' : 'Entities', named: h.names === all });
    }
    list.sort((a, b) => b.s - a.s || a.id - b.id);
    return { list, loose, ms: performance.now() - t0, lost, ...p };
  };
  if (!p.words.length) {
    if (p.f.length) for (const e of data.E) { hit(e.id).s = 1 - e.id / 1e6 }
    if (p.f.some(([k, v]) => k === 'kind' && (alias[v] || v) === 'docs')) for (let i = 0; i < data.heads.length; i++) for (const r of (await soft(`d${data.heads[i]}.json`))?.d || []) if (r[0] >= data.E.length) hit(r[0]).s = 1;
    return answer();
  }
  const missing = [];
  p.words.forEach((w, i) => {
    let any = false;
    for (const e of data.E) { const s = named(e, w); if (s) { const h = hit(e.id); h.n += s; h.m |= 1 << i; h.names |= 1 << i; any ||= s > 4 } }
    if (!any && w.length > 3) missing.push(i);
  });
  const known = new Set(), loads = await Promise.all(p.words.map(async w => w.length > 1 || dense.test(w) ? (await Promise.all(shards(w).map(k => soft(`t${k}.json`)))).filter(Boolean) : []));
  loads.forEach((parts, i) => {
    const w = p.words[i], best = new Map();
    let common = false;
    for (const d of parts) d.w.forEach((term, j) => {
      if (w.length < 3 && !dense.test(w) ? term !== w : !term.startsWith(w)) return; // two letters begin too many words
      if (term === w) { known.add(i); common ||= !!d.c?.includes(j) }
      const list = d.p[j]; let id = 0, df = 0;
      for (let k = 0; k < list.length; k += 2) if (list[k] || !k) df++;
      const f = .6 * (term === w ? 1 : .7 * w.length / term.length) * (.5 + .5 * Math.log(1 + data.n / df) / Math.log(1 + data.n));
      for (let k = 0; k < list.length; k += 2) {
        id += list[k];
        const at = id * 512 + (list[k + 1] >> 6), s = (list[k + 1] & 63) * f; // at most 500 sections
        if (!(best.get(at) >= s)) best.set(at, s);
      }
    });
    for (const [at, s] of best) {
      const id = Math.floor(at / 512), sec = at % 512, h = hit(id); h.m |= 1 << i;
      // an entity's own name was counted above
      if (sec) (h.sec ||= new Map()).set(sec, (h.sec.get(sec) || 0) + s); else h.s += id < data.E.length ? s / 4 : s;
    }
    // a word on more pages than are kept excludes none
    if (common) for (const h of found.values()) h.m |= 1 << i;
  });
  for (const i of missing) if (!known.has(i)) for (const e of data.E) {
    const s = near(e.flat, p.words[i]) ? 45 : e.parts.some(x => near(x, p.words[i])) ? 20 : 0;
    if (s) { const h = hit(e.id); h.n += s; h.m |= 1 << i; h.names |= 1 << i }
  }
  const a = answer();
  if (p.phrases.length) {
    const keep = await Promise.all(a.list.slice(0, 60).map(async r => {
      const [d, x] = await Promise.all([head(r.id), texts(r.id)]);
      const hay = [r.e && !r.doc ? r.e.title : '', d?.[2], d?.[3], ...(d?.[4] || []), ...(x?.[1] || [])].map(s => ' ' + words(s || '').join(' ') + ' ').join('|');
      return p.phrases.every(ph => hay.includes(' ' + ph + ' ')) && r;
    }));
    a.list = keep.filter(Boolean); a.lost = lost; a.ms = performance.now() - t0;
  }
  return a;
};

// ---- dialog ----
const h = (tag, props, ...kids) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) if (v != null) e.setAttribute(k, v);
  e.append(...kids); return e;
};
const pic = (n, c) => document.createRange().createContextualFragment(icon(n, c));
const kinds = { group: 'team', docs: 'doc' }, own = ['api', 'resource', 'system', 'domain', 'user', 'template', 'location'];
const iconOf = e => {
  if (!e) return 'doc';
  if (e.kind !== 'component') return kinds[e.kind] || (own.includes(e.kind) ? e.kind : 'other');
  const t = e.type;
  return /^(website|frontend|webapp|ui)$/.test(t) ? 'website' : /^(library|package|sdk|module)$/.test(t) ? 'library' : /pipeline|^(job|cronjob|workflow|batch)$/.test(t) ? 'pipeline' : /mobile|^(feature|app)$/.test(t) ? 'feature' : /^(documentation|docs)$/.test(t) ? 'doc' : 'service';
};
const status = { b: ['bad', 'Broken'], w: ['warn', 'Degraded'], p: ['run', 'Rolling out'], u: ['unk', 'Unknown'] };
// marked returns the text with what was searched marked, letter by letter through fold
const marked = (text, ws) => {
  let f = ''; const at = [], out = document.createDocumentFragment(), hits = []; let i = 0;
  for (const c of text) { const x = fold(c); for (let k = 0; k < x.length; k++) at.push(i); f += x; i += c.length }
  at.push(i);
  for (const w of ws) if (w.length > 1) for (let k = f.indexOf(w); k >= 0 && hits.length < 40; k = f.indexOf(w, k + w.length)) hits.push([at[k], at[k + w.length]]);
  hits.sort((a, b) => a[0] - b[0]); let done = 0;
  for (const [a, b] of hits) { if (a < done) continue; out.append(text.slice(done, a), h('mark', null, text.slice(a, b))); done = b }
  out.append(text.slice(done)); return out;
};
const excerpt = (text, ws) => {
  const f = fold(text); let i = -1;
  for (const w of ws) { i = f.indexOf(w); if (i >= 0) break }
  i = i < 50 ? 0 : text.lastIndexOf(' ', i - 30) + 1;
  return (i > 0 ? '… ' : '') + text.slice(i, i + 160);
};
let dlg, inp, out, note, scope = '', sel = 0, turn = 0, rows = [];
const say = t => { note.textContent = t };
// rows are grids; links in a sentence are not
const message = (text, ...more) => { out.className = ''; out.replaceChildren(h('p', { class: 'm keys' }, text, ...more)) };
const index = t => h('a', { href: new URL('search/', root) }, t);
// only pages of this site are linked, whatever an index says
const link = (a, url, anchor) => { const u = new URL(String(url), root); if (u.origin !== root.origin) return; if (anchor) u.hash = anchor; a.href = u };
const row = (r, ws) => {
  const e = r.e, doc = r.doc;
  const a = h('a', { role: 'option', id: 'so' + rows.length, 'aria-selected': !rows.length, tabindex: -1 });
  const r1 = h('span', { class: 'r1' }), r2 = h('span', { class: 'r2' }), rr = h('span', { class: 'rr' });
  a.append(pic(doc ? 'doc' : iconOf(e)), r1, r2, rr);
  const to = (url, anchor) => link(a, url, anchor);
  if (doc) {
    r1.textContent = '…'; rr.textContent = e ? e.title : '';
  } else {
    to(e.url); r1.append(marked(e.title, ws)); r2.append(marked([e.owner, e.system].filter(Boolean).join(' · '), ws));
    const s = status[e.s];
    if (s) rr.append(h('span', { class: 'st ' + s[0] }, pic(s[0], ''), s[1]));
    rr.append(e.word);
  }
  rows.push(a);
  // titles and text come later, into the room that is there for them
  r.fill = async () => {
    if (!doc && (r.named || !ws.length)) return;
    const d = await head(r.id).catch(() => null);
    if (!doc && d && !r.at) return d[3] && r2.replaceChildren(marked(excerpt(d[3], ws), ws));
    if (!d) { if (doc) r1.textContent = 'This part of the index could not be loaded'; return }
    const anchor = d[4]?.[2 * r.at - 2], title = r.at ? d[4]?.[2 * r.at - 1] || '' : '';
    to(doc ? d[1] : e.url, anchor);
    if (doc) r1.replaceChildren(marked(d[2], ws));
    const line = text => r2.replaceChildren(...(title && title !== d[2] ? [h('b', null, marked(title, ws)), ' '] : []), marked(text, ws));
    line(r.at ? '' : d[3] || '');
    if (r.at && rows.indexOf(a) < 10) line(excerpt((await texts(r.id).catch(() => null))?.[1]?.[r.at - 1] || d[3] || '', ws));
  };
  return a;
};
const select = i => {
  rows[sel]?.setAttribute('aria-selected', false); sel = i;
  rows[sel].setAttribute('aria-selected', true); rows[sel].scrollIntoView({ block: 'nearest' }); inp.setAttribute('aria-activedescendant', rows[sel].id);
};
const draw = (a, now) => {
  const groups = { Entities: [], Docs: [], APIs: [] };
  for (const r of a.list) groups[r.group].push(r);
  for (const b of dlg.querySelectorAll('.sd-scope button')) {
    b.setAttribute('aria-pressed', b.value === scope);
    b.textContent = (b.value || 'Everything') + ' ' + (b.value ? groups[b.value].length : a.list.length).toLocaleString('en');
  }
  rows = []; sel = 0; out.className = 'sd-out'; out.replaceChildren();
  for (const [g, list] of Object.entries(groups).sort((x, y) => (y[1][0]?.s ?? -1) - (x[1][0]?.s ?? -1))) if (list.length && (!scope || scope === g)) {
    const box = h('div', { role: 'group', 'aria-label': g }, h('h3', null, h('span', null, g), h('span', null, list.length.toLocaleString('en'))));
    for (const r of list.slice(0, scope ? 40 : 5)) box.append(row(r, a.words));
    out.append(box);
    list.slice(0, scope ? 40 : 5).forEach(r => r.fill());
  }
  if (!rows.length) scope && a.list.length ? message(`Nothing under ${scope} matches.`) : message('Nothing matches. Try fewer letters, or look in the ', index('index'), '.');
  rows.length ? inp.setAttribute('aria-activedescendant', 'so0') : inp.removeAttribute('aria-activedescendant');
  say(`${a.loose && rows.length ? 'No page has every word. ' : ''}${a.list.length.toLocaleString('en')} results in ${a.ms.toFixed(1)} ms${a.lost ? '; a part of the index could not be loaded' : ''}`);
};
const idle = () => {
  rows = []; sel = 0; inp.removeAttribute('aria-activedescendant');
  for (const b of dlg.querySelectorAll('.sd-scope button')) { b.setAttribute('aria-pressed', b.value === scope); b.textContent = b.value || 'Everything' }
  out.className = 'sd-out';
  const recent = store.get('recent', []).filter(Array.isArray).slice(0, 6);
  out.replaceChildren(...recent.length ? [h('div', { role: 'group', 'aria-label': 'Recently viewed' }, h('h3', null, h('span', null, 'Recently viewed')), ...recent.map(([k, t, u], i) => {
    const a = h('a', { role: 'option', id: 'so' + i, tabindex: -1, 'aria-selected': false }, pic(String(k)), h('span', { class: 'r1' }, String(t)));
    link(a, u); rows.push(a); return a;
  }))] : []);
  if (rows.length) sel = -1;
  say(data ? `${data.n.toLocaleString('en')} pages` : '');
};
const run = async () => {
  const me = ++turn, q = inp.value;
  if (!q.trim()) { load().then(() => me === turn && idle(), failed); return idle() }
  if (!data) say('Loading the index…');
  try {
    const a = await search(q);
    if (me === turn) draw(a);
  } catch (e) { if (me === turn) failed(e) }
};
const failed = e => {
  rows = []; data = null; files.clear();
  const again = h('button', { type: 'button', class: 'btn' }, 'Try again'); again.onclick = () => { inp.focus(); run() };
  message(e.message === 'version' ? 'This page and the search index are from different builds. Reload the page, or look in the ' : 'The search index could not be loaded. Everything is also in the ', index('index from A to Z'), '. ', again);
  say('Not loaded');
};
const make = () => {
  inp = h('input', { type: 'search', role: 'combobox', 'aria-expanded': true, 'aria-controls': 'so', 'aria-autocomplete': 'list', 'aria-label': 'Search', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: 'Service, team, API, or words from the docs' });
  out = h('div', { class: 'sd-out', id: 'so', role: 'listbox', 'aria-label': 'Results' });
  note = h('span', { 'data-n': '', role: 'status' });
  const k = t => h('kbd', null, t), c = t => h('code', null, t);
  dlg = h('dialog', { class: 'sd', 'aria-label': 'Search' },
    h('div', { class: 'sd-in' }, pic('search'), inp, k('Esc')),
    h('div', { class: 'sd-scope', role: 'group', 'aria-label': 'Show' }, ...scopes.map(v => h('button', { type: 'button', value: v, 'aria-pressed': !v }, v || 'Everything'))),
    out, h('div', { class: 'sd-foot' }, h('span', null, k('↑'), ' ', k('↓'), ' move'), h('span', null, k('Enter'), ' open'), h('span', null, k('Tab'), ' scope'), h('span', null, c('owner:'), ' ', c('kind:'), ' ', c('is:broken')), note));
  document.body.append(dlg);
  inp.addEventListener('input', run);
  dlg.addEventListener('click', e => {
    if (e.target === dlg) return dlg.close();
    const b = e.target.closest('.sd-scope button'); if (b) { scope = b.value; run(); inp.focus() }
    const a = e.target.closest('.sd-out a'); if (a && !e.ctrlKey && !e.metaKey && a.href.split('#')[0] === location.href.split('#')[0]) dlg.close();
  });
  dlg.addEventListener('keydown', e => {
    if (e.isComposing) return;
    // a search field would only empty itself
    if (e.key === 'Escape') { e.preventDefault(); return dlg.close() }
    const d = e.key === 'ArrowDown' || e.ctrlKey && e.key === 'n' ? 1 : e.key === 'ArrowUp' || e.ctrlKey && e.key === 'p' ? -1 : 0;
    if (d && rows.length) { e.preventDefault(); select((sel + d + rows.length + (sel < 0 && d < 0)) % rows.length) }
    else if (e.key === 'Enter' && e.target === inp) { e.preventDefault(); rows[sel]?.href && rows[sel].click() }
  });
  // the search page keeps its question in the address, so that it can be shared
  const page = new URL('search/', root);
  dlg.addEventListener('close', () => { if (location.pathname === page.pathname) history.replaceState(null, '', inp.value.trim() ? '?q=' + encodeURIComponent(inp.value.trim()) : location.pathname) });
};
export const open = q => {
  if (!dlg) make();
  if (!dlg.open) dlg.showModal();
  if (q != null) inp.value = q;
  inp.focus(); inp.select();
  return run();
};
