/** The stream wall: its tiles, and which of them the rest of the page is about. */
import { element } from "./page.js";
import { Tile, type TileListener } from "./tile.js";
import { type WallSize, neighbour } from "./wall-plan.js";

export interface WallListener extends TileListener {
  /** Another tile is the one that the page is about. */
  tileSelected(tile: Tile): void;
  /** The reader wants this tile alone, or the wall again. */
  tileOpened(): void;
}

export class Wall {
  readonly tiles: Tile[] = [];
  #selected = 0;
  #root = element("wall");
  #listener: WallListener;

  constructor(listener: WallListener) {
    this.#listener = listener;
    this.#root.addEventListener("keydown", (event) => {
      this.#moveByKey(event);
    });
  }

  /** The tile that controls, graph and tables are about. */
  get selected(): Tile {
    const tile = this.tiles[this.#selected];
    if (!tile) throw new Error("a wall has a tile at least");
    return tile;
  }

  get selectedIndex(): number {
    return this.#selected;
  }

  /** Adds tiles, or takes the last ones away; a new wall has none. */
  resize(size: WallSize): void {
    for (const tile of this.tiles.splice(size)) tile.close();
    while (this.tiles.length < size) this.#add();
    this.#root.dataset.size = String(size);
    this.select(Math.min(this.#selected, size - 1));
  }

  /** Makes it the tile that the page is about; the sound goes along. */
  select(index: number): void {
    const before = this.tiles[this.#selected];
    this.#selected = index;
    const { selected } = this;
    if (before && before !== selected && !before.player.muted) {
      before.setMuted(true);
      selected.setMuted(false);
    }
    for (const tile of this.tiles) {
      tile.root.tabIndex = tile === selected ? 0 : -1;
      tile.root.setAttribute("aria-current", String(tile === selected));
    }
    this.#listener.tileSelected(selected);
  }

  #add(): void {
    const tile = new Tile(this.tiles.length + 1, this.#listener);
    const select = () => {
      const index = this.tiles.indexOf(tile);
      if (index !== this.#selected) this.select(index);
    };
    tile.root.addEventListener("focusin", select);
    tile.root.addEventListener("dblclick", () => {
      this.#listener.tileOpened();
    });
    this.tiles.push(tile);
    this.#root.append(tile.root);
  }

  #moveByKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const columns = getComputedStyle(this.#root).gridTemplateColumns.split(" ").length;
    const next = neighbour(this.#selected, event.key, columns, this.tiles.length);
    if (next === null) return;
    event.preventDefault();
    this.tiles[next]?.root.focus();
  }
}
