// The page for unknown addresses: nearest names by edit distance from the path.
import { $, icon, esc, root } from './app.js';
const path = decodeURIComponent(location.pathname);
const code = $('[data-path]'), box = $('[data-nearest]');
if (code) code.textContent = path;
const wanted = path.split('/').filter(Boolean).pop()?.toLowerCase().replace(/\.html$/, '') || '';
const distance = (a, b, most) => { // Levenshtein, given up when it grows past most
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    let last = row[0]; row[0] = i; let best = i;
    for (let j = 1; j <= b.length; j++) { const t = row[j]; row[j] = Math.min(t + 1, row[j - 1] + 1, last + (a[i - 1] !== b[j - 1])); last = t; best = Math.min(best, row[j]) }
    if (best > most) return most + 1;
  }
  return row[b.length];
};
if (box && wanted) {
  const c = await (await fetch(new URL('catalog/entities.json', root))).json(), most = Math.max(2, wanted.length / 3 | 0);
  const near = c.n.map((n, i) => [distance(wanted, n.toLowerCase(), most), i]).concat(c.n.map((n, i) => [n.toLowerCase().startsWith(wanted) ? 1.5 : 99, i]))
    .filter(x => x[0] <= most).sort((a, b) => a[0] - b[0]).filter((x, i, all) => all.findIndex(y => y[1] === x[1]) === i).slice(0, 5);
  if (near.length) {
    $('ul', box).innerHTML = near.map(([d, i]) => { const k = c.kind[c.rows.kind[i]], u = `catalog/${c.ns[c.rows.ns[i]]}/${k[0]}/${c.n[i]}/`.toLowerCase(); return `<li>${icon(k[2])}<a class="ent" href="${esc(new URL(u, root))}">${esc(c.t?.[i] || c.n[i])}</a><span class="d">${d === 1 ? 'one letter away' : esc(k[1])}</span></li>` }).join('');
    box.hidden = false;
  }
}
