// Whether a saved state is one for an optimiser's parameters. It must not know any update rule.
import { GradtapeError, shapeText } from "../errors.js";
import { sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";

interface Group {
  readonly params: readonly Tensor[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Everything in a state that is not for these parameters. It may come from a file: nothing of its form is taken for granted. */
export function misfits(
  dict: unknown,
  groups: readonly Group[],
  settings: readonly string[],
  checkSettings: (settings: object) => void,
): readonly string[] {
  if (!isRecord(dict) || !isRecord(dict.state) || !Array.isArray(dict.paramGroups)) {
    return ["expected { state, paramGroups }"];
  }
  const saved = dict.paramGroups as readonly unknown[];
  const sizes = (all: readonly unknown[]) =>
    all
      .map((group) => (isRecord(group) && Array.isArray(group.params) ? String(group.params.length) : "no"))
      .join(", ");
  if (sizes(saved) !== sizes(groups)) {
    return [`expected groups of ${sizes(groups)} parameters, got ${sizes(saved)}`];
  }
  return [
    ...saved.flatMap((group, i) => settingMisfits(group as object, i, settings, checkSettings)),
    ...stateMisfits(
      dict.state,
      groups.flatMap(({ params }) => params),
    ),
  ];
}

function settingMisfits(
  group: object,
  index: number,
  settings: readonly string[],
  checkSettings: (settings: object) => void,
): readonly string[] {
  const missing = settings.filter((name) => !Object.hasOwn(group, name));
  if (missing.length > 0) return [`group ${index} has no ${missing.join(", ")}`];
  try {
    checkSettings(group);
    return [];
  } catch (error) {
    if (!(error instanceof GradtapeError)) throw error;
    return [`group ${index}: ${error.message}`];
  }
}

function stateMisfits(state: Readonly<Record<string, unknown>>, order: readonly Tensor[]): readonly string[] {
  return Object.entries(state).flatMap(([key, values]) => {
    const p = Object.hasOwn(order, key) ? order[Number(key)] : undefined;
    if (!p) return [`a state for parameter ${key} of ${order.length}`];
    if (!isRecord(values)) return [`the state of parameter ${key}: expected an object`];
    return Object.entries(values).flatMap(([name, value]) => {
      if (typeof value === "number") return [];
      if (!(value instanceof Tensor))
        return [`${name} of parameter ${key}: expected a number or a Tensor, got ${typeof value}`];
      if (sameShape(value.shape, p.shape)) return [];
      return [`${name} of parameter ${key}: expected shape ${shapeText(p.shape)}, got ${shapeText(value.shape)}`];
    });
  });
}
