// GitHub's workflow parser behind a pipe: one JSON text of a workflow a line in, one JSON verdict a line out.
// A verdict is {errors: [[line, column], …]} or {jobs: [{id, needs, if, steps: [{id, if}]}]}.
import { createInterface } from "node:readline";
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { FeatureFlags } from "@actions/expressions/features";

const featureFlags = new FeatureFlags({ all: true });
const expression = (token) => (token === undefined ? undefined : token.expression ?? token.toString());

async function verdict(text) {
  const parsed = parseWorkflow({ name: "w.yml", content: text }, new NoOperationTraceWriter());
  parsed.context.state.featureFlags = featureFlags;
  if (!parsed.value) return { errors: places(parsed.context) };
  const template = await convertWorkflowTemplate(parsed.context, parsed.value, undefined, { featureFlags });
  const errors = places(parsed.context);
  if (errors.length) return { errors };
  return {
    jobs: template.jobs.map((job) => ({
      id: job.id.value,
      needs: (job.needs ?? []).map((need) => need.value),
      if: expression(job.if),
      steps: (job.steps ?? []).map((step) => ({ id: step.id, if: expression(step.if) })),
    })),
  };
}

function places(context) {
  return context.errors
    .getErrors()
    .map((error) => [error.range?.start.line ?? 0, error.range?.start.column ?? 0, error.rawMessage ?? error.message]);
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await verdict(JSON.parse(line));
  } catch (error) {
    answer = { fault: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
