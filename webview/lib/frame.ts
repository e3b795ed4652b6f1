// Draws at most once per animation frame, only after something asked for it, and never while the page is hidden.

export interface Frame {
  /** Asks for one drawing; further calls before it cost nothing. */
  readonly request: () => void;
  readonly dispose: () => void;
}

export function createFrame(draw: () => void): Frame {
  let wanted = false;
  let handle: number | undefined;
  const run = (): void => {
    handle = undefined;
    wanted = false;
    draw();
  };
  const schedule = (): void => {
    if (wanted && handle === undefined && !document.hidden) handle = requestAnimationFrame(run);
  };
  const onVisibility = (): void => {
    if (document.hidden && handle !== undefined) {
      cancelAnimationFrame(handle);
      handle = undefined;
    } else schedule();
  };
  document.addEventListener("visibilitychange", onVisibility);
  return {
    request: () => {
      wanted = true;
      schedule();
    },
    dispose: () => {
      wanted = false;
      if (handle !== undefined) cancelAnimationFrame(handle);
      document.removeEventListener("visibilitychange", onVisibility);
    },
  };
}
