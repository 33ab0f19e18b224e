// GitHub's evaluator behind a pipe: one JSON case {expression, contexts} a line in, one JSON verdict a line out.
// The contexts are JSON text themselves, because GitHub's reviver makes them of text, and would lose a -0 otherwise.
// A verdict is {error: kind} or {value}, the value as [kind, content], so that NaN, -0 and the order of keys survive.
import { createInterface } from "node:readline";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

function plain(value) {
  switch (value.kind) {
    case data.Kind.Null:
      return ["Null"];
    case data.Kind.Number:
      return ["Number", Object.is(value.value, -0) ? "-0" : String(value.value)];
    case data.Kind.Array:
      return ["Array", value.values().map(plain)];
    case data.Kind.Dictionary:
      return ["Object", value.pairs().map(({ key, value }) => [key, plain(value)])];
    default:
      return [value.kind === data.Kind.Boolean ? "Boolean" : "String", value.value];
  }
}

function verdict({ expression, contexts }) {
  const dictionary = JSON.parse(contexts, data.reviver);
  let kind = "lexing";
  try {
    const { tokens } = new Lexer(expression).lex();
    kind = "parsing";
    const tree = new Parser(tokens, Object.keys(JSON.parse(contexts)), []).parse();
    if (!tree) return { error: kind };
    kind = "evaluation";
    return { value: plain(new Evaluator(tree, dictionary).evaluate()) };
  } catch (error) {
    return { error: kind, message: String(error.message) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(verdict(JSON.parse(line))) + "\n");
}
