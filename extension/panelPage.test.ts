import assert from "node:assert/strict";
import { panelPage } from "./panelPage.js";

describe("panelPage", () => {
  const page = panelPage({
    panel: "tensor",
    title: 'a["<x>"] · [2]',
    nonce: "n0",
    source: "https://own",
    script: "https://own/tensor.js?a=1&b=2",
    style: "https://own/tensor.css",
  });

  it("lets only its own script run, and nothing load from elsewhere", () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1];
    assert.equal(
      policy,
      "default-src 'none'; style-src https://own 'nonce-n0'; font-src https://own; img-src https://own data: blob:; script-src 'nonce-n0'",
    );
    assert.equal([...page.matchAll(/<script/g)].length, 1);
    assert.match(page, /<script nonce="n0" src="https:\/\/own\/tensor.js\?a=1&#38;b=2">/);
    assert.doesNotMatch(page, /\son\w+=|unsafe/);
  });

  it("escapes what comes from a program", () => {
    assert.match(page, /<title>a\[&#34;&#60;x&#62;&#34;\] · \[2\]<\/title>/);
  });
});
