// Where the cells of a heat-strip lie: pure geometry, in CSS pixels.
const TALLEST = 190;
const ONE_ROW = 26;
const WIDEST = 96;
const NARROWEST_ONE_ROW = 9;
const SMALLEST = 2;

/**
 * Lay cells out in one row of broad blocks when they are few, else in rows of small squares.
 * @param {number} cells how many there are
 * @param {number} width of the drawing
 * @returns {{per: number, count: number, columns: number, rows: number, w: number, h: number,
 *   gap: number}} `per` cells share a block when there is no room for one each
 */
export function layout(cells, width) {
  if (cells * NARROWEST_ONE_ROW <= width) {
    const w = Math.min(WIDEST, width / Math.max(cells, 1));
    return { per: 1, count: cells, columns: cells, rows: 1, w, h: ONE_ROW, gap: 1.5 };
  }
  const room = Math.floor(width / SMALLEST) * Math.floor(TALLEST / SMALLEST);
  const per = Math.max(1, Math.ceil(cells / room));
  const count = Math.ceil(cells / per);
  let side = Math.max(SMALLEST, Math.floor(Math.sqrt((width * TALLEST) / count)));
  side = Math.min(side, 12);
  while (side > SMALLEST && Math.ceil(count / Math.floor(width / side)) * side > TALLEST) side -= 1;
  const columns = Math.floor(width / side);
  const gap = side >= 5 ? 1 : 0;
  return { per, count, columns, rows: Math.ceil(count / columns), w: side, h: side, gap };
}

/** The block under a point, or -1. */
export function blockAt(grid, x, y) {
  const column = Math.floor(x / grid.w);
  const row = Math.floor(y / grid.h);
  if (column < 0 || row < 0 || column >= grid.columns) return -1;
  const block = row * grid.columns + column;
  return block < grid.count ? block : -1;
}

// What a block of several cells shows: the least finished, failed before done (as the server does).
const RANK = [0, 1, 2, 4, 3, 5, 6];

/** Fold `per` cells into one. */
export function folded(cells, per) {
  if (per === 1) return cells;
  const out = new Uint8Array(Math.ceil(cells.length / per));
  for (let i = 0; i < out.length; i += 1) {
    let worst = 6;
    for (let j = i * per; j < Math.min((i + 1) * per, cells.length); j += 1) {
      if (RANK[cells[j]] < RANK[worst]) worst = cells[j];
    }
    out[i] = worst;
  }
  return out;
}
