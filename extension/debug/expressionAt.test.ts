import assert from "node:assert/strict";
import { expressionAt } from "./expressionAt.js";

describe("expressionAt", () => {
  /** The cursor is where the bar stands. */
  const at = (text: string) => expressionAt(text.replace("|", ""), text.indexOf("|"));

  it("takes the name and what leads to it, never what follows", () => {
    assert.equal(at("const y = x|.relu();"), "x");
    assert.equal(at("const y = th|is.conv1.weight;"), "this");
    assert.equal(at("const y = this.con|v1.weight;"), "this.conv1");
    assert.equal(at("const y = this.conv1.weigh|t;"), "this.conv1.weight");
    assert.equal(at("  loss|"), "loss");
    assert.equal(at("f(|logits, y)"), "logits");
    assert.equal(at("model?.fc.bias|!"), "model?.fc.bias");
    assert.equal(at("this.#hidd|en"), "this.#hidden");
  });

  it("takes indices along", () => {
    assert.equal(at("xs[i].gra|d"), "xs[i].grad");
    assert.equal(at("xs|[0]"), "xs");
    assert.equal(at("xs[0|]"), "xs[0]");
    assert.equal(at("xs['a']|.grad"), "xs['a']");
  });

  it("leaves out an index that could change the program", () => {
    assert.equal(at("xs|[i++].grad"), "xs");
    assert.equal(at("xs[f(x)].gr|ad"), undefined);
    assert.equal(at("make().gr|ad"), undefined);
    assert.equal(at("cat([...par|ts])"), "parts");
  });

  it("is nothing on blanks, signs and keywords", () => {
    assert.equal(at("a = | b"), undefined);
    assert.equal(at("ret|urn x"), undefined);
    assert.equal(at("1 + 2|"), undefined);
    assert.equal(at(""), undefined);
  });
});
