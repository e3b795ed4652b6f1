// The tensor inspector: what is in this tensor? Mounts the view and joins it to the extension host.
import "./panel.css";
import { rampLimit } from "../../charts/colour.js";
import type { Page, TensorRef, TensorSubject } from "../../../engine/protocol.js";
import { connectHost, messageOf } from "../../lib/bridge.js";
import { formatCount } from "../../lib/format.js";
import { createFrame } from "../../lib/frame.js";
import { createStore } from "../../lib/store.js";
import { mostCopied, tabSeparated } from "./clipboard.js";
import {
  extentOf,
  initialState,
  queryOf,
  restoredStats,
  selectionRectangle,
  sliceKey,
  tensorOf,
  withAxis,
  withIndex,
  withKept,
  withSubject,
  type InspectorState,
} from "./model.js";
import { createPageCache, type PageCache } from "./pages.js";
import { bins } from "./statistics.js";
import { createView } from "./view.js";

/** Cells of the picture: more would be smaller than a pixel on most screens. */
const mostPictureCells = 640;
/** Elements of a slice that is summarised before anyone looks at its picture: a few milliseconds of reading. */
const mostSummarised = 2 ** 21;

const host = connectHost();
const store = createStore<InspectorState>(initialState(host.savedState));
const root = document.getElementById("root");
if (!root) throw new Error("tensor panel: expected an element with the id root");

/** Values, picture and statistics of what is on show; another slice or another reading replaces them. */
interface Contents {
  readonly key: string;
  readonly pages: PageCache;
  image?: Page;
  imageAsked: boolean;
  /** Magnitude at which colours end, with and without the outermost 1 %. */
  limits?: { readonly robust: number; readonly full: number };
}
let contents: Contents | undefined;
/** Raised when the subject was read again: the same id may hold other values then. */
let reading = 0;
let statsKey = "";
let fresh = true;

const view = createView(root, {
  chooseAxis: (side, axis) => store.update((state) => withAxis(state, side, axis)),
  chooseIndex: (axis, at) => store.update((state) => withIndex(state, axis, at)),
  chooseWhich: (which) => store.update((state) => ({ ...state, which, stats: undefined, failure: undefined })),
  chooseTab: (tab) => store.update((state) => withKept(state, { tab })),
  setTinted: (tinted) => store.update((state) => withKept(state, { tinted })),
  setFullRange: (fullRange) => store.update((state) => withKept(state, { fullRange })),
  select: (selection) => store.update((state) => ({ ...state, selection, done: undefined, notice: undefined })),
  openSource: () => {
    const { shown } = store.get();
    if (shown.kind === "tensor" && shown.subject.at)
      void attempt(host.ask("source.open", { at: shown.subject.at, peek: false }));
  },
  inspect: () => void attempt(host.ask("command.run", { command: "gradtape.inspectTensor" })),
  retry: () => {
    if (store.get().shown.kind !== "tensor") return void start();
    reading++;
    statsKey = "";
    store.update((state) => ({ ...state, failure: undefined }));
  },
  value: (row, column) => contents?.pages.value(row, column),
  needs: (first, size) => contents?.pages.want(first, size),
});

const frame = createFrame(() => {
  const state = store.get();
  prepare(state);
  view.show(state, contents?.image, tintLimit(state), fresh);
  fresh = false;
});
let kept = store.get().kept;
store.subscribe((state) => {
  if (state.kept !== kept) host.saveState((kept = state.kept));
  frame.request();
});

/** Asks for what the state needs and nobody has asked for yet. */
function prepare(state: InspectorState): void {
  const tensor = tensorOf(state);
  if (!tensor) {
    contents = undefined;
    return;
  }
  const key = `${reading} ${sliceKey(state, tensor)}`;
  if (contents?.key !== key) {
    contents = { key, pages: pagesOf(state, tensor), imageAsked: false };
    fresh = true;
  }
  const { rows, columns } = extentOf(state);
  const cheap = rows * columns <= mostSummarised;
  if (!contents.imageAsked && rows * columns > 0 && (state.kept.tab === "heatmap" || cheap)) {
    contents.imageAsked = true;
    void askImage(contents, state, tensor);
  }
  const wanted = `${reading} ${tensor.id}`;
  if (statsKey !== wanted) {
    statsKey = wanted;
    void askStats(wanted, tensor);
  }
}

function pagesOf(state: InspectorState, tensor: TensorRef): PageCache {
  const query = queryOf(state, tensor);
  const cache: PageCache = createPageCache({
    extent: extentOf(state),
    fetch: (rowStart, columnStart, rowCount, columnCount) =>
      host.ask("tensor.page", { ...query, rowStart, rowCount, columnStart, columnCount }),
    arrived: (failure) => {
      // An answer for a slice that is no longer on show changes nothing.
      if (contents?.pages !== cache) return;
      if (failure !== undefined) store.update((now) => ({ ...now, failure: messageOf(failure) }));
      frame.request();
    },
  });
  return cache;
}

async function askImage(into: Contents, state: InspectorState, tensor: TensorRef): Promise<void> {
  try {
    into.image = await host.ask("tensor.image", {
      ...queryOf(state, tensor),
      maxRows: mostPictureCells,
      maxColumns: mostPictureCells,
    });
    into.limits = { robust: rampLimit(into.image.values, true), full: rampLimit(into.image.values, false) };
    // The tints of the values follow the picture's colours.
    if (contents === into) fresh = true;
    frame.request();
  } catch (thrown) {
    if (contents === into) store.update((now) => ({ ...now, failure: messageOf(thrown) }));
  }
}

async function askStats(wanted: string, tensor: TensorRef): Promise<void> {
  try {
    const stats = restoredStats(await host.ask("tensor.stats", { tensor, bins }));
    if (statsKey === wanted) store.update((state) => ({ ...state, stats }));
  } catch (thrown) {
    if (statsKey === wanted) store.update((state) => ({ ...state, failure: messageOf(thrown) }));
  }
}

/** Where the colours end: as the picture says, or as the statistics let guess while a large slice has none. */
function tintLimit({ stats, kept: { fullRange } }: InspectorState): number {
  if (contents?.limits) return fullRange ? contents.limits.full : contents.limits.robust;
  if (!stats || !Number.isFinite(stats.min)) return 1;
  const largest = Math.max(Math.abs(stats.min), Math.abs(stats.max));
  const spread = Math.abs(stats.mean) + 3 * stats.std;
  return (fullRange || !(spread > 0) ? largest : Math.min(largest, spread)) || 1;
}

function showSubject(subject: TensorSubject): void {
  reading++;
  store.update((state) => withSubject(state, subject));
}

async function start(): Promise<void> {
  store.update((state) => ({ ...state, shown: { kind: "loading" } }));
  try {
    showSubject(await host.ask("tensor.subject", {}));
  } catch (thrown) {
    const message = messageOf(thrown);
    store.update((state) => ({ ...state, shown: { kind: "failed", message } }));
  }
}

async function copySelection(): Promise<void> {
  const state = store.get();
  const tensor = tensorOf(state);
  if (!tensor || !contents) return;
  const { first, size } = selectionRectangle(state.selection);
  const count = size.rows * size.columns;
  if (count > mostCopied) {
    const notice = `Copy at most ${formatCount(mostCopied)} values at once: ${formatCount(count)} are selected.`;
    store.update((now) => ({ ...now, notice }));
    return;
  }
  const text = tabSeparated(await contents.pages.rectangle(first, size), size, tensor.dtype);
  await navigator.clipboard.writeText(text);
  store.update((now) => ({ ...now, done: `Copied ${formatCount(count)} ${count === 1 ? "value" : "values"}.` }));
}

async function attempt(what: Promise<unknown>): Promise<void> {
  try {
    await what;
  } catch (thrown) {
    const notice = messageOf(thrown);
    store.update((state) => ({ ...state, notice }));
    host.tell("error", { message: notice });
  }
}

document.addEventListener("copy", (event) => {
  // Text that somebody marked, or a field's own contents, are copied as everywhere.
  if (event.target instanceof HTMLInputElement || !(getSelection()?.isCollapsed ?? true)) return;
  event.preventDefault();
  void attempt(copySelection());
});
host.hear("tensor.subject", ({ subject }) => showSubject(subject));

frame.request();
host.tell("ready", {});
void start();
