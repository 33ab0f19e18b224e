// A JavaScript action around GitHub's clients: does the calls of its input `calls`, JSON lists
// [client, method, ...arguments], and prints each answer. Fails as soon as one of them fails.
import { DefaultArtifactClient } from "@actions/artifact";
import * as cache from "@actions/cache";

const clients = { artifact: new DefaultArtifactClient(), cache };

for (const [client, method, ...values] of JSON.parse(process.env.INPUT_CALLS)) {
  const value = await clients[client][method](...values);
  console.log(`answer ${JSON.stringify(value ?? null)}`);
}
