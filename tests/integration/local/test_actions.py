"""Actions: composite ones, JavaScript ones, and where they come from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.project import Project

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
CHECKOUT = "- uses: actions/checkout@v4\n"

GREET = """
name: Greet
inputs:
  who: {required: true}
  greeting: {default: Hello}
outputs:
  said: {value: "${{ steps.say.outputs.said }}"}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: echo "said=${{ inputs.greeting }} ${{ inputs.who }}" >> "$GITHUB_OUTPUT"; echo "$GITHUB_ACTION_PATH"
"""


def test_a_composite_action_takes_inputs_and_gives_outputs(project: Project) -> None:
    project.write("greet/action.yml", GREET)
    project.steps(CHECKOUT + "- {id: g, uses: ./greet, with: {who: Ada}}\n- run: echo ${{ steps.g.outputs.said }}")
    ran = project.run()
    assert ran.log("a", "__run") == "Hello Ada\n"
    assert ran.log("a", "g/say").endswith("/shop/greet\n")


def test_composite_actions_nest_and_their_steps_are_their_own(project: Project) -> None:
    project.write("greet/action.yml", GREET)
    project.write(
        "outer/action.yml",
        """
inputs: {name: {default: nobody}}
outputs: {both: {value: "${{ steps.inner.outputs.said }}!"}}
runs:
  using: composite
  steps:
    - {id: inner, uses: ./greet, with: {who: "${{ inputs.name }}", greeting: Hi}}
    - {shell: sh, run: 'echo "[${{ steps.outside.outputs.x }}] ${{ env.SEEN }}"'}
""",
    )
    project.steps(
        CHECKOUT
        + """
- {id: outside, run: 'echo x=1 >> $GITHUB_OUTPUT'}
- {id: o, uses: ./outer, with: {name: Bob}, env: {SEEN: inherited}}
- run: echo "${{ steps.o.outputs.both }} [${{ steps.inner.outcome }}]"
"""
    )
    ran = project.run()
    assert ran.log("a", "o/__run") == "[] inherited\n"
    assert ran.log("a", "__run") == "Hi Bob! []\n"


def test_a_failure_in_a_composite_action_skips_its_rest_and_fails_its_step(project: Project) -> None:
    project.write(
        "bad/action.yml",
        """
runs:
  using: composite
  steps:
    - {id: one, shell: sh, run: exit 5}
    - {id: two, shell: sh, run: echo no}
    - {id: three, if: failure(), shell: sh, run: echo cleaned up}
""",
    )
    project.steps(
        CHECKOUT + "- {id: b, uses: ./bad, continue-on-error: true}\n- {id: after, run: 'echo ${{ steps.b.outcome }}'}"
    )
    ran = project.run()
    assert ran.code == 0
    assert ran.outcomes("a") | {"__actions_checkout": ""} == {
        "__actions_checkout": "",
        "b/one": "failure",
        "b/two": "skipped",
        "b/three": "success",
        "b": "failure",
        "after": "success",
    }
    assert ran.log("a", "after") == "failure\n"


def test_an_action_that_is_not_there_says_what_may_be_missing(project: Project) -> None:
    project.steps("- uses: ./greet")
    assert (
        "There is no action.yml, action.yaml or Dockerfile in './greet'. Is actions/checkout missing"
        in project.run().log()
    )


def test_problems_of_an_action_are_told_with_their_places(project: Project) -> None:
    project.write("bad/action.yml", "runs:\n  using: composite\n  steps:\n    - run: echo\n      shel: bash\n")
    project.steps(CHECKOUT + "- uses: ./bad")
    log = project.run().log()
    assert "bad/action.yml:5:7: error: Unexpected value 'shel'" in log
    assert "did you mean 'shell'?" in log
    assert "bad/action.yml:4:7: error: Required property is missing: shell" in log


def test_a_required_input_that_is_missing_is_warned_of(project: Project) -> None:
    project.write("greet/action.yml", GREET)
    project.steps(CHECKOUT + "- uses: ./greet")
    assert "##[warning]Input required and not supplied: who" in project.run().log()


NODE = """
name: Lifecycle
inputs:
  some name: {default: fallback}
runs:
  using: node20
  pre: pre.js
  main: main.js
  post: post.js
  post-if: always()
"""
MAIN = """
const fs = require("fs");
console.log(`main input=${process.env["INPUT_SOME_NAME"]} state=${process.env.STATE_from_pre}`);
fs.appendFileSync(process.env.GITHUB_STATE, "from_main=2\\n");
fs.appendFileSync(process.env.GITHUB_OUTPUT, "answer=42\\n");
if (process.env["INPUT_FAIL"]) process.exit(3);
"""


@pytest.fixture
def remote(project: Project) -> Project:
    """Return a project beside a repository `acme/lifecycle` that holds a JavaScript action."""
    action = project.root.parent / "lifecycle"
    action.mkdir()
    (action / "action.yml").write_text(NODE)
    (action / "pre.js").write_text(
        'console.log("pre"); require("fs").appendFileSync(process.env.GITHUB_STATE, "from_pre=1\\n")'
    )
    (action / "main.js").write_text(MAIN)
    (action / "post.js").write_text("console.log(`post ${process.env.STATE_from_pre} ${process.env.STATE_from_main}`)")
    project.git("-C", str(action), "init", "-q", "-b", "main")
    project.git("-C", str(action), "add", ".")
    project.git("-C", str(action), "commit", "-qm", "Action")
    project.git("-C", str(action), "tag", "v1")
    project.git("clone", "-q", "--bare", str(action), str(project.root.parent / "bare.git"))
    return project


def source(project: Project) -> tuple[str, str]:
    return "--action-source", f"acme/lifecycle={project.root.parent / 'bare.git'}"


@needs_node
def test_a_javascript_action_runs_before_at_and_after_its_step_with_its_state(remote: Project) -> None:
    remote.steps(
        """
- run: echo first
- {id: x, uses: acme/lifecycle@v1, with: {some name: given}}
- run: echo ${{ steps.x.outputs.answer }}
"""
    )
    ran = remote.run(*source(remote))
    assert ran.code == 0, ran.log()
    assert ran.log() == "pre\nfirst\nmain input=given state=1\n42\npost 1 2\n"
    assert [event["phase"] for event in ran.of("step-started")] == ["pre", "main", "main", "main", "post"]


@needs_node
def test_post_steps_run_in_the_opposite_order_also_after_a_failure(remote: Project) -> None:
    remote.steps("- {id: one, uses: acme/lifecycle@v1}\n- {id: two, uses: acme/lifecycle@v1, with: {fail: yes}}")
    ran = remote.run(*source(remote))
    assert ran.code == 1
    posts = [event["step"] for event in ran.of("step-started") if event["phase"] == "post"]
    assert posts == ["two:post", "one:post"]


@needs_node
def test_a_fetched_action_is_pinned_and_needs_no_network_again(remote: Project) -> None:
    remote.steps("- uses: acme/lifecycle@v1")
    assert remote.run(*source(remote)).code == 0
    shutil.rmtree(remote.root.parent / "bare.git")
    again = remote.run("--offline")
    assert again.code == 0, again.log()


def test_offline_names_the_action_that_is_missing(project: Project) -> None:
    project.steps("- run: echo first\n- uses: acme/missing@v2")
    ran = project.run("--offline")
    assert ran.code == 1
    assert "'acme/missing@v2' is not in the cache, and --offline forbids fetching it" in ran.log()
    assert "first" not in ran.log()


def test_an_action_that_cannot_be_fetched_names_its_address_and_the_way_out(project: Project) -> None:
    project.steps("- uses: acme/nowhere@v2")
    log = project.run("--action-source", "file:///nonexistent").log()
    assert "'acme/nowhere@v2' could not be fetched from file:///nonexistent/acme/nowhere" in log
    assert "--action-source acme/nowhere=PATH" in log


def test_a_folder_stands_in_for_an_action_changes_and_all(project: Project) -> None:
    folder = project.root.parent / "greet"
    folder.mkdir()
    (folder / "action.yml").write_text(GREET)
    project.steps("- {id: g, uses: acme/greet@v9, with: {who: Eve}}\n- run: echo ${{ steps.g.outputs.said }}")
    assert project.run("--action-source", f"acme/greet={folder}").log("a", "__run") == "Hello Eve\n"


def test_a_script_that_an_action_lacks_is_named(project: Project) -> None:
    project.write("act/action.yml", "runs: {using: node20, main: dist/index.js}")
    project.steps(CHECKOUT + "- uses: ./act")
    assert (
        "/act/dist/index.js' does not exist. Actions in a repository have to hold their built files"
        in project.run().log()
    )


@pytest.mark.parametrize(
    "uses", ["acme/../../etc@v1", "../x@v1", "a/b/../../../c@main", "acme/x@--upload-pack=evil", "acme/x@a..b"]
)
def test_references_that_lead_elsewhere_are_refused(project: Project, uses: str) -> None:
    project.steps(f"- uses: {uses}")
    ran = project.headway("run", "--action-source", f"file://{project.root}")
    assert ran.code != 0
    assert "expected owner/repository[/path]@ref" in ran.out + ran.errors or "Expected format" in ran.errors


@needs_node
def test_the_published_checkout_is_led_to_the_users_own_repository(project: Project) -> None:
    """A stand-in fetches as the published action does: by address and commit, with a token it insists on."""
    folder = project.root.parent / "checkout"
    folder.mkdir()
    (folder / "action.yml").write_text(
        "inputs: {token: {default: '${{ github.token }}'}}\nruns: {using: node20, main: m.js}"
    )
    (folder / "m.js").write_text(
        """
const {execFileSync} = require("child_process");
if (!process.env.INPUT_TOKEN) throw new Error("a token is required");
const {GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA} = process.env;
const git = (...args) => console.log(execFileSync("git", args).toString().trim());
git("init", "-q", ".");
git("fetch", "-q", "--depth=1", `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`, `+${GITHUB_SHA}:refs/remotes/origin/main`);
git("log", "-1", "--format=%H %s", "origin/main");
"""
    )
    project.steps("- uses: actions/checkout@v6")
    commit = project.commit("Never pushed")
    ran = project.run("--no-native", "--action-source", f"actions/checkout={folder}")
    assert ran.code == 0, ran.log()
    assert f"{commit} Never pushed" in ran.log()


def test_a_deprecated_input_is_warned_of_where_it_is_given(project: Project) -> None:
    project.write(
        "old/action.yml",
        "inputs: {a: {deprecationMessage: use b}, c: {deprecationMessage: gone}}\nruns: {using: composite, steps: []}",
    )
    project.steps(CHECKOUT + "- uses: ./old\n  with: {A: 1}")
    assert project.run().log("a", "__self") == "##[warning]Input 'a' has been deprecated with message: use b\n"
