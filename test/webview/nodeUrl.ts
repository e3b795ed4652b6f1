/** What the engine's inspector needs of `node:url` in the harness's page. */
export const fileURLToPath = (url: string | URL): string => new URL(url).pathname;
