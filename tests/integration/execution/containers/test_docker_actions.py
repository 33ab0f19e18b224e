"""Actions in containers, as whole runs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docker import FULL, SMALL, ContainerProject

if TYPE_CHECKING:
    from tests.project import Project

SHOW = """#!/bin/sh
for word in "$@"; do echo "<$word>"; done
"""


def action(project: ContainerProject, runs: str, script: str = SHOW, folder: str = "act") -> None:
    """Write an action that is built from a Dockerfile with one script."""
    project.write(f"{folder}/action.yml", f"name: Demo\ninputs: {{who: {{default: nobody}}}}\nruns:\n{runs}")
    project.write(f"{folder}/Dockerfile", f'FROM {SMALL}\nCOPY main.sh /main.sh\nENTRYPOINT ["/main.sh"]\n')
    project.write(f"{folder}/main.sh", script, 0o755)


def test_an_action_is_built_and_gets_its_arguments_inputs_and_places(container_project: ContainerProject) -> None:
    action(
        container_project,
        '  using: docker\n  image: Dockerfile\n  args: ["${{ inputs.who }}", "two words", ""]\n  env: {MINE: "1", FOR: x}\n',
        SHOW
        + 'echo "$INPUT_WHO $MINE $FOR $HOME $GITHUB_WORKSPACE $RUNNER_TEMP $GITHUB_EVENT_PATH $(pwd)"\n'
        + 'ls README.md "$GITHUB_EVENT_PATH"\necho "out=1" >> "$GITHUB_OUTPUT"\necho "LATER=2" >> "$GITHUB_ENV"\n'
        + 'echo "$INPUT_PLACE"\ntouch made\n',
    )
    container_project.steps(
        """
- uses: actions/checkout@v4
- {id: act, uses: ./act, with: {who: ada, place: "${{ github.workspace }}/x"}, env: {FOR: step}}
- {id: s, run: "echo ${{ steps.act.outputs.out }} $LATER && ls made"}
"""
    )
    ran = container_project.run()
    assert ran.code == 0, ran.log() + ran.errors
    shown = ran.log("a", "act").splitlines()
    assert shown[-7:] == [
        "<ada>",
        "<two words>",
        "<>",
        "ada 1 step /github/home /github/workspace /github/runner_temp /github/workflow/event.json /github/workspace",
        "/github/workflow/event.json",
        "README.md",
        "/github/workspace/x",
    ]
    assert ran.log("a", "s") == "1 2\nmade\n"


def test_an_action_is_built_once_from_the_same_files(container_project: ContainerProject) -> None:
    action(container_project, "  using: docker\n  image: Dockerfile\n  args: [once]\n")
    container_project.steps("- uses: actions/checkout@v4\n- {id: one, uses: ./act}\n- {id: two, uses: ./act}")
    ran = container_project.run()
    assert "Building the image" in ran.log("a", "one")
    assert "was built from the same files before" in ran.log("a", "two")
    container_project.write("act/main.sh", "#!/bin/sh\necho changed\n", 0o755)
    ran = container_project.run()
    assert "Building the image" in ran.log("a", "one")
    assert "changed" in ran.log("a", "two")


def test_a_build_that_fails_shows_what_the_builder_said(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: x\nruns: {using: docker, image: Dockerfile}\n")
    container_project.write("act/Dockerfile", f"FROM {SMALL}\nRUN echo $((6 * 7)) && false\n")
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act}")
    ran = container_project.run()
    assert ran.code == 1
    assert "42\n" in ran.log("a", "s")
    assert "'Dockerfile' could not be built" in ran.step("a", "s")["reason"]


def test_files_that_dockerignore_names_are_left_out(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: x\nruns: {using: docker, image: Dockerfile}\n")
    container_project.write("act/Dockerfile", f'FROM {SMALL}\nCOPY . /all\nCMD ["ls", "/all"]\n')
    container_project.write("act/.dockerignore", "# no secrets\nsecret*\n")
    container_project.write("act/secret.txt", "x")
    container_project.write("act/plain.txt", "x")
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act}")
    log = container_project.run().log("a", "s")
    assert "plain.txt" in log
    assert "secret.txt" not in log


def test_a_folder_with_nothing_but_a_dockerfile_is_an_action(container_project: ContainerProject) -> None:
    container_project.write("act/Dockerfile", f'FROM {SMALL}\nENTRYPOINT ["echo"]\n')
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act, with: {args: plain words}}")
    assert container_project.run().log("a", "s").endswith("plain words\n")


def test_an_image_is_a_step(container_project: ContainerProject) -> None:
    container_project.steps(
        f"""
- id: s
  uses: docker://{SMALL}
  with: {{entrypoint: /bin/echo, args: 'one "two three" four\\"'}}
- {{id: t, uses: "docker://{SMALL}", with: {{args: "sh -c 'exit"}}}}
"""
    )
    ran = container_project.run()
    assert ran.log("a", "s") == 'one two three four"\n'
    assert ran.step("a", "t")["outcome"] == "failure"


def test_the_exit_code_of_an_action_is_its_containers(container_project: ContainerProject) -> None:
    container_project.steps(f"- {{id: s, uses: 'docker://{SMALL}', with: {{args: sh -c \"exit 7\"}}}}")
    assert container_project.run().step("a", "s")["exit_code"] == 7


def test_an_entrypoint_that_does_not_exist_is_named(container_project: ContainerProject) -> None:
    container_project.steps(f"- {{id: s, uses: 'docker://{SMALL}', with: {{entrypoint: /nope}}}}")
    assert "/nope" in container_project.run().step("a", "s")["reason"]


def test_commands_masks_and_files_of_an_action_are_obeyed(container_project: ContainerProject) -> None:
    action(
        container_project,
        "  using: docker\n  image: Dockerfile\n",
        '#!/bin/sh\necho "::add-mask::hush"\necho "hush"\necho "::error file=a::bad"\necho /x/bin >> "$GITHUB_PATH"\n',
    )
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act}\n- {id: t, run: 'echo $PATH'}")
    ran = container_project.run("--secret", "S=tell")
    assert "***\n" in ran.log("a", "s")
    assert [event["message"] for event in ran.of("annotation")] == ["bad"]
    assert ran.log("a", "t").startswith("/x/bin:")


def test_secrets_are_hidden_in_what_a_build_writes(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: x\nruns: {using: docker, image: Dockerfile}\n")
    container_project.write("act/Dockerfile", f"FROM {SMALL}\nRUN echo hunter2\n")
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act}")
    assert "hunter2" not in container_project.run("--secret", "S=hunter2").log("a", "s")


def test_all_phases_of_an_action_run_and_share_its_state(container_project: ContainerProject) -> None:
    action(
        container_project,
        "  using: docker\n  image: Dockerfile\n  pre-entrypoint: /pre.sh\n  post-entrypoint: /post.sh\n",
        '#!/bin/sh\necho main $STATE_a\necho "b=2" >> "$GITHUB_STATE"\n',
    )
    container_project.write("act/Dockerfile", f'FROM {SMALL}\nCOPY *.sh /\nENTRYPOINT ["/main.sh"]\n')
    container_project.write("act/pre.sh", '#!/bin/sh\necho pre\necho "a=1" >> "$GITHUB_STATE"\n', 0o755)
    container_project.write("act/post.sh", "#!/bin/sh\necho post $STATE_a $STATE_b\n", 0o755)
    container_project.steps("- {id: s, uses: acme/demo@v1}\n- {id: t, run: echo between}")
    ran = container_project.run("--action-source", f"acme/demo={container_project.root}/act")
    assert ran.code == 0, ran.log() + ran.errors
    assert [event["step"] for event in ran.of("step-started") if not event["step"].startswith("__setup")] == [
        "s:pre",
        "s",
        "t",
        "s:post",
    ]
    assert ran.log("a", "s:pre").endswith("pre\n")
    assert ran.log("a", "s").endswith("main 1\n")
    assert ran.log("a", "s:post").endswith("post 1 2\n")


def test_an_action_is_in_the_network_of_the_job(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services: {{web: {{image: "{SMALL}", command: sh -c "echo ok > /tmp/page; httpd -f -h /tmp -p 80"}}}}
    steps:
      - {{run: sleep 0.5}}
      - {{id: s, uses: "docker://{SMALL}", with: {{args: wget -q -O - http://web/page}}}}
"""
    )
    assert container_project.run().log("a", "s") == "ok\n"


def test_an_action_reaches_the_results_service(container_project: ContainerProject) -> None:
    container_project.steps(
        f"""
- id: s
  uses: docker://{SMALL}
  with: {{args: sh -c "wget -O - $ACTIONS_RESULTS_URL"}}
"""
    )
    assert "404" in container_project.run().log("a", "s")


def test_an_action_of_a_job_in_a_container_sees_the_workspace(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    container: {FULL}
    steps:
      - {{run: echo made > made}}
      - {{id: s, uses: "docker://{SMALL}", env: {{AT: "${{{{ github.workspace }}}}/made"}}, with: {{args: "sh -c \\"cat $AT && echo $AT\\""}}}}
"""
    )
    ran = container_project.run()
    assert ran.log("a", "s") == "made\n/github/workspace/made\n"


@pytest.mark.parametrize("limit", ["", "timeout-minutes: 0.01, "])
def test_an_action_can_be_ended(container_project: ContainerProject, limit: str) -> None:
    script = "trap 'echo trapped; exit 3' INT; echo ready; while true; do sleep 0.1; done"
    container_project.write("loop.sh", script)
    container_project.steps(
        f"- uses: actions/checkout@v4\n- {{id: s, {limit}uses: 'docker://{SMALL}', with: {{args: sh loop.sh}}}}"
    )
    if limit:
        ran = container_project.run()
        assert "The step was ended" in ran.log("a", "s")
        assert "trapped" in ran.log("a", "s")
    else:
        assert "trapped" in container_project.interrupted("ready")
        assert not container_project.daemon.leftovers()


def test_without_an_engine_a_job_with_an_action_in_a_container_fails_before_its_first_step(project: Project) -> None:
    project.steps("- run: echo never\n- uses: docker://alpine:3")
    ran = project.run(DOCKER_HOST="unix:///nowhere/docker.sock")
    assert "This job needs Docker for the action 'docker://alpine:3'" in ran.job("a")["reason"]
    assert "never" not in ran.log()


def test_an_image_that_is_missing_fails_the_job_before_its_first_step(container_project: ContainerProject) -> None:
    container_project.steps("- run: echo never\n- uses: docker://localhost:1/nobody/nothing:1")
    ran = container_project.run()
    assert "could not be pulled" in ran.job("a")["reason"]
    assert "never" not in ran.log()


def test_a_dockerfile_that_does_not_exist_is_named(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: x\nruns: {using: docker, image: other/Dockerfile}\n")
    container_project.steps("- uses: actions/checkout@v4\n- {id: s, uses: ./act}")
    assert "'other/Dockerfile' of the action 'x' does not exist" in container_project.run().step("a", "s")["reason"]
