/** A row of the Runs view, as commands receive it. */
export interface RunItem {
  readonly run: string;
}
