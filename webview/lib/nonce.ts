// The toolkit looks for the page's nonce when its modules load, to try one rule in a style element (does the browser know
// :focus-visible?). The policy refuses that without it, and focus rings would then show on every click.
const { currentScript } = document;
if (currentScript?.nonce) {
  const meta = document.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.content = currentScript.nonce;
  document.head.append(meta);
}
