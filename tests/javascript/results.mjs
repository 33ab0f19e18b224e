// GitHub's clients of artifacts and caches, and the globs of its actions, behind a pipe: one JSON call
// [client, method, ...arguments] a line in, one JSON answer a line out: {value} or {error: name, message}.
// What the clients print goes to standard error.
import { createInterface } from "node:readline";
import { DefaultArtifactClient } from "@actions/artifact";
import * as cache from "@actions/cache";
import * as glob from "@actions/glob";
import { minimatch } from "minimatch";

const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const clients = {
  artifact: new DefaultArtifactClient(),
  cache,
  glob: {
    async find(patterns, options) {
      const globber = await glob.create(patterns, options);
      return { paths: await globber.glob(), searchPaths: globber.getSearchPaths() };
    },
    matches: (name, pattern) => minimatch(name, pattern),
  },
};

async function call([client, method, ...values]) {
  try {
    return { value: (await clients[client][method](...values)) ?? null };
  } catch (error) {
    return { error: error.name, message: String(error.message) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  answer(JSON.stringify(await call(JSON.parse(line))) + "\n");
}
