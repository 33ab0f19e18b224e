"""Job containers, as whole runs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.docker import EMPTY, FULL, SMALL, ContainerProject, read_until

if TYPE_CHECKING:
    from tests.project import Project


def job(steps: str, more: str = "", image: str = SMALL) -> str:
    """Return a job ``a`` in a container."""
    lines = "".join(f"      {line}\n" for line in steps.strip("\n").splitlines())
    own = "".join(f"    {line}\n" for line in more.strip("\n").splitlines())
    container = "" if "container:" in more else f"    container: {image}\n"
    return f"  a:\n    runs-on: ubuntu-latest\n{container}{own}    steps:\n{lines}"


def test_steps_run_in_the_container_with_the_paths_that_github_has(container_project: ContainerProject) -> None:
    container_project.workflow(
        job(
            """
- uses: actions/checkout@v4
- id: paths
  run: |
    pwd
    for name in GITHUB_WORKSPACE HOME RUNNER_TEMP RUNNER_TOOL_CACHE RUNNER_WORKSPACE RUNNER_OS; do
      eval echo \\$$name
    done
    ls README.md "$GITHUB_EVENT_PATH"
    echo "${{ github.workspace }} ${{ runner.temp }} $0" > "$RUNNER_TEMP/x" && cat "$RUNNER_TEMP/x"
    test ! -e /etc/debian_version
"""
        )
    )
    ran = container_project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "paths").splitlines() == [
        "/__w/shop/shop",
        "/__w/shop/shop",
        "/github/home",
        "/__w/_temp",
        "/__t",
        "/__w/shop",
        "Linux",
        "/github/workflow/event.json",
        "README.md",
        "/__w/shop/shop /__w/_temp /__w/_temp/3-paths.sh",
    ]


def test_outputs_variables_paths_summaries_and_commands_work_as_on_the_machine(
    container_project: ContainerProject,
) -> None:
    container_project.workflow(
        job(
            r"""
- id: first
  run: |
    echo "one=1" >> "$GITHUB_OUTPUT"
    echo "COLOUR=red" >> "$GITHUB_ENV"
    mkdir "$RUNNER_TEMP/tools" && printf '#!/bin/sh\necho tool\n' > "$RUNNER_TEMP/tools/mine"
    chmod +x "$RUNNER_TEMP/tools/mine" && echo "$RUNNER_TEMP/tools" >> "$GITHUB_PATH"
    echo "# Done" >> "$GITHUB_STEP_SUMMARY"
    echo "::add-mask::hidden"
    echo "::warning file=a.txt::careful"
- id: second
  run: mine && echo "$COLOUR ${{ steps.first.outputs.one }} hidden" && exit 3
- id: third
  if: failure()
  run: echo "${{ job.status }}"
""",
            "outputs: {one: '${{ steps.first.outputs.one }}'}",
        )
    )
    ran = container_project.run()
    assert ran.log("a", "second").splitlines()[:2] == ["tool", "red 1 ***"]
    assert ran.step("a", "second")["exit_code"] == 3
    assert ran.log("a", "third") == "failure\n"
    assert ran.job("a")["outputs"] == {"one": "1"}
    assert [event["message"] for event in ran.of("annotation")] == ["careful"]


def test_standard_output_and_standard_error_keep_their_order(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {id: s, run: 'for i in $(seq 50); do echo o$i; echo e$i >&2; done'}"))
    expected = "".join(f"o{number}\ne{number}\n" for number in range(1, 51))
    assert container_project.run().log("a", "s") == expected


def test_many_lines_arrive_whole(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {id: s, run: seq 1 200000}"))
    assert container_project.run().log("a", "s") == "".join(f"{number}\n" for number in range(1, 200001))


def test_a_mapping_gives_variables_volumes_and_options(container_project: ContainerProject) -> None:
    data = container_project.write("data/file", "data\n").parent
    container_project.workflow(
        job(
            """
- id: s
  run: |
    cat /data/file
    echo "$A $B $(hostname) $(id -u)"
    df /scratch | tail -1 | cut -d' ' -f1
    touch /data/x 2>/dev/null || echo read-only
""",
            f"""
container:
  image: {SMALL}
  env: {{A: "1"}}
  volumes: ["{data}:/data:ro"]
  options: --env B=2 --hostname box --tmpfs /scratch --memory 64m --cpus 1 --init --user 0 --label x=y
""",
        )
    )
    ran = container_project.run()
    assert ran.log("a", "s").splitlines() == ["data", "1 2 box 0", "tmpfs", "read-only"]


def test_bash_is_the_default_where_the_image_has_it(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {id: s, run: 'echo ${BASH_VERSION:+bash}'}", image=FULL))
    assert container_project.run().log("a", "s") == "bash\n"


def test_a_shell_that_the_image_lacks_is_named(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {run: 'true', shell: bash}"))
    ran = container_project.run()
    assert ran.code == 1
    assert "The shell 'bash' is not" in ran.log()


def test_an_empty_image_means_no_container(container_project: ContainerProject) -> None:
    container_project.workflow(
        job("- run: echo on ${{ job.container.id || 'the machine' }}", "container: ${{ vars.NONE }}")
    )
    ran = container_project.run(DOCKER_HOST="unix:///nowhere.sock")
    assert ran.log() == "on the machine\n"


def test_a_working_directory_that_does_not_exist_is_named(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {run: pwd, working-directory: nowhere}"))
    ran = container_project.run()
    assert "The working directory '/__w/shop/shop/nowhere' does not exist in the job's container" in ran.log()


def test_an_image_without_a_shell_is_said_to_be_none_for_jobs(container_project: ContainerProject) -> None:
    container_project.workflow(job("- run: 'true'", image=EMPTY))
    ran = container_project.run()
    assert ran.code == 1
    assert "exec" in ran.log() or "/bin/sh" in ran.log()


def test_an_image_that_is_missing_fails_the_job_before_its_steps(container_project: ContainerProject) -> None:
    container_project.workflow(job("- run: 'true'", image="localhost:1/nobody/nothing:1"))
    ran = container_project.run()
    assert ran.code == 1
    assert "The image 'localhost:1/nobody/nothing:1' could not be pulled" in ran.job("a")["reason"]
    assert [event["name"] for event in ran.of("step-started")] == ["Initialize containers"]


def test_offline_never_pulls(container_project: ContainerProject) -> None:
    container_project.workflow(job("- run: 'true'", image="nobody/nothing:1"))
    ran = container_project.run("--offline")
    assert "is not on this machine, and --offline forbids fetching it" in ran.job("a")["reason"]


def test_without_an_engine_the_job_fails_at_once_and_says_what_needs_it(project: Project) -> None:
    project.workflow(job("- run: 'true'", "services: {db: {image: postgres}}"))
    ran = project.run(DOCKER_HOST="unix:///nowhere/docker.sock")
    reason = ran.job("a")["reason"]
    assert f"This job needs Docker for the container '{SMALL}', the service 'db'" in reason
    assert "DOCKER_HOST is 'unix:///nowhere/docker.sock'" in reason
    assert "No such file or directory" in reason


def test_unknown_and_forbidden_options_are_named(container_project: ContainerProject) -> None:
    for options, message in (
        ("--cpu 1", "'--cpu' is not known. Did you mean '--cpus'?"),
        ("--network host", "'--network' is not supported"),
        ("--entrypoint sh", "'--entrypoint' is not supported"),
        ("--memory lots", "a size was expected"),
    ):
        container_project.workflow(job("- run: 'true'", f"container: {{image: '{SMALL}', options: {options}}}"))
        ran = container_project.run()
        assert ran.code == 1
        assert message in ran.job("a")["reason"]


def test_a_javascript_action_runs_on_the_node_of_this_machine(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: n\nruns: {using: node20, main: main.js, post: post.js}\n")
    container_project.write("act/main.js", "console.log(process.env.GITHUB_ACTION_PATH, process.cwd())\n")
    container_project.write("act/post.js", "console.log('after')\n")
    container_project.workflow(job("- uses: actions/checkout@v4\n- {id: n, uses: ./act}", image=FULL))
    ran = container_project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "n") == "/__w/shop/shop/act /__w/shop/shop\n"
    assert ran.log("a", "n:post") == "after\n"


def test_a_javascript_action_in_an_image_that_runs_no_node_says_so(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: n\nruns: {using: node20, main: main.js}\n")
    container_project.write("act/main.js", "")
    container_project.workflow(job("- uses: actions/checkout@v4\n- {id: n, uses: ./act}"))
    assert "Use an image with Node.js" in container_project.run().log("a", "n")


def test_a_javascript_action_reaches_the_results_service(container_project: ContainerProject) -> None:
    container_project.write("act/action.yml", "name: n\nruns: {using: node20, main: main.js}\n")
    container_project.write(
        "act/main.js", "fetch(process.env.ACTIONS_RESULTS_URL).then((answer) => console.log(answer.status))\n"
    )
    container_project.workflow(job("- uses: actions/checkout@v4\n- {id: n, uses: ./act}", image=FULL))
    assert container_project.run().log("a", "n") == "404\n"


def test_setting_a_tool_up_is_left_to_the_published_action(container_project: ContainerProject) -> None:
    container_project.workflow(job("- uses: actions/setup-python@v5"))
    ran = container_project.run("--offline")
    assert "'actions/setup-python@v5' is not in the cache" in ran.job("a")["reason"]


def test_a_composite_action_finds_its_own_files(container_project: ContainerProject) -> None:
    container_project.write(
        "act/action.yml",
        'name: c\nruns: {using: composite, steps: [{run: cat "$GITHUB_ACTION_PATH/note", shell: sh}]}\n',
    )
    container_project.write("act/note", "note\n")
    container_project.workflow(job("- uses: actions/checkout@v4\n- {id: c, uses: ./act}"))
    assert "note\n" in container_project.run().log("a")


def test_the_history_of_the_repository_is_there(container_project: ContainerProject) -> None:
    container_project.workflow(
        job("- uses: actions/checkout@v4\n- {id: s, run: 'ls $(cat .git/objects/info/alternates) | head -1'}")
    )
    ran = container_project.run()
    assert ran.step("a", "s")["outcome"] == "success"
    assert ran.log("a", "s")


# Ends


def test_a_time_out_ends_what_a_step_started_and_the_job_goes_on(container_project: ContainerProject) -> None:
    container_project.workflow(
        job(
            """
- id: slow
  timeout-minutes: 0.01
  continue-on-error: true
  run: sh -c 'sleep 61; sleep 62'
- id: left
  run: ps | grep -c '[s]leep 6' || true
"""
        )
    )
    ran = container_project.run()
    assert ran.step("a", "slow")["outcome"] == "failure"
    assert ran.log("a", "left") == "0\n"


def test_an_interrupt_reaches_the_steps_traps_and_later_steps_still_run(container_project: ContainerProject) -> None:
    container_project.workflow(
        job(
            """
- run: |
    trap 'echo trapped; exit 1' INT
    echo ready
    while true; do sleep 0.1; done
- {if: always(), run: echo cleaned up}
"""
        )
    )
    out = container_project.interrupted("ready")
    assert "trapped" in out
    assert "cleaned up" in out


def test_a_second_interrupt_ends_everything_and_leaves_nothing(container_project: ContainerProject) -> None:
    container_project.workflow(
        job("- run: |\n    trap '' INT TERM\n    echo ready\n    while true; do sleep 0.1; done")
    )
    container_project.interrupted("ready", times=2)
    assert not container_project.daemon.leftovers()


def test_what_runs_in_the_background_does_not_hold_the_step_up(container_project: ContainerProject) -> None:
    container_project.workflow(job("- {id: s, run: sleep 300 & echo started}\n- {id: t, run: pidof sleep}"))
    ran = container_project.run()
    assert ran.log("a", "s") == "started\n"
    assert ran.outcomes("a") == {**ran.outcomes("a"), "s": "success", "t": "success"}


def test_hash_files_knows_the_paths_of_the_container(container_project: ContainerProject) -> None:
    container_project.workflow(
        job(
            """
- uses: actions/checkout@v4
- id: s
  run: test -n "${{ hashFiles('README.md') }}" && echo ${{ hashFiles('README.md') == hashFiles('/__w/shop/shop/README.md') }}
"""
        )
    )
    assert container_project.run().log("a", "s") == "true\n"


def test_what_ignores_the_signals_is_killed(container_project: ContainerProject) -> None:
    container_project.workflow(
        job(
            """
- {id: s, timeout-minutes: 0.01, continue-on-error: true, run: "trap '' INT TERM; sleep 61"}
- {id: left, run: "ps | grep -c '[s]leep 6' || true"}
"""
        )
    )
    ran = container_project.run()
    assert ran.step("a", "s")["exit_code"] == 137
    assert ran.log("a", "left") == "0\n"


def test_what_runs_in_the_background_survives_its_next_lines_and_they_are_logged(
    container_project: ContainerProject,
) -> None:
    container_project.workflow(
        job(
            """
- {id: s, run: "(sleep 4; echo late; echo alive > /tmp/alive) & echo early"}
- {id: t, run: sleep 5; cat /tmp/alive}
"""
        )
    )
    ran = container_project.run()
    assert ran.log("a", "s") == "early\nlate\n"
    assert ran.log("a", "t") == "alive\n"


def test_a_container_that_dies_fails_the_step(container_project: ContainerProject) -> None:
    container_project.workflow(
        job("- {id: s, run: 'kill -9 -1; kill 1; sleep 300'}", "container: {image: 'small:test', options: --init}")
    )
    ran = container_project.run()
    assert ran.code == 1
    assert ran.step("a", "s")["outcome"] == "failure"


def test_volumes_without_a_name_are_removed_with_their_containers(container_project: ContainerProject) -> None:
    container_project.workflow(job("- run: ls /data", f"container: {{image: '{SMALL}', volumes: [/data]}}"))
    assert container_project.run().code == 0
    assert container_project.daemon.command("volume", "ls", "--quiet") == ""


def test_a_later_run_removes_what_a_killed_one_left(container_project: ContainerProject) -> None:
    container_project.workflow(job("- run: echo ready; sleep 300"))
    process = container_project.start("run")
    read_until(process, "ready")
    process.kill()
    process.communicate()
    assert container_project.daemon.leftovers()
    container_project.workflow(job("- run: 'true'"))
    assert container_project.run().code == 0
