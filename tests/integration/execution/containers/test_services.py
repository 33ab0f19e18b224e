"""Services of jobs, as whole runs show them."""

from __future__ import annotations

from tests.docker import EMPTY, SMALL, ContainerProject

WEB = f"""
    services:
      web:
        image: {SMALL}
        command: sh -c "echo started; echo ok > /tmp/page; httpd -f -h /tmp -p 80"
        ports: ["80"]
        options: >-
          --health-cmd "wget -q -O /dev/null http://localhost/page"
          --health-interval 100ms --health-timeout 2s --network-alias site
"""


def test_a_job_on_this_machine_reaches_a_service_at_its_mapped_port(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
{WEB}
    steps:
      - {{id: s, run: "curl -s http://localhost:${{{{ job.services.web.ports['80'] }}}}/page"}}
      - {{id: t, run: "echo ${{{{ job.services.web.id && job.services.web.network && 'both' }}}}"}}
"""
    )
    ran = container_project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "s") == "ok\n"
    assert ran.log("a", "t") == "both\n"
    assert "started" in ran.log("a")  # its log is shown at the end
    names = [event["name"] for event in ran.of("step-started")]
    assert names[0] == "Initialize containers"
    assert names[-1] == "Stop containers"


def test_a_job_in_a_container_reaches_a_service_by_its_name(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    container: {SMALL}
{WEB}
    steps:
      - {{id: s, run: "wget -q -O - http://web/page; wget -q -O - http://site/page"}}
      - {{id: t, run: "test ${{{{ job.container.network }}}} = ${{{{ job.services.web.network }}}}"}}
"""
    )
    ran = container_project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "s") == "ok\nok\n"


def test_a_fixed_port_is_open_to_this_machine_alone(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services: {{web: {{image: "{SMALL}", command: httpd -f -p 80, ports: ["18080:80", "19053:53/udp"]}}}}
    steps:
      - {{id: s, run: "busybox netstat -ltn | grep 18080 | tr -s ' ' | cut -d' ' -f4"}}
      - {{id: t, run: "echo ${{{{ job.services.web.ports['80'] }}}} ${{{{ job.services.web.ports['53'] }}}}"}}
"""
    )
    ran = container_project.run()
    assert ran.log("a", "s") == "127.0.0.1:18080\n"
    assert ran.log("a", "t") == "18080 19053\n"


def test_an_unhealthy_service_fails_the_job_and_shows_its_last_lines(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services:
      db:
        image: {SMALL}
        command: sh -c "echo no disk today; sleep 300"
        options: --health-cmd "echo nobody home; exit 1" --health-interval 100ms --health-retries 2
    steps:
      - run: echo never
"""
    )
    ran = container_project.run()
    assert ran.code == 1
    assert "The service 'db' is unhealthy" in ran.job("a")["reason"]
    assert "no disk today" in ran.log("a")
    assert "nobody home" in ran.log("a")
    assert "never" not in ran.log("a")


def test_a_service_that_ends_fails_the_job_and_shows_why(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services:
      db:
        image: {SMALL}
        command: sh -c "echo bad configuration >&2; sleep 0.2; exit 5"
        options: --health-cmd "exit 1" --health-interval 1s
    steps:
      - run: echo never
"""
    )
    ran = container_project.run()
    assert ran.job("a")["reason"] == "The service 'db' ended with exit code 5 before the first step"
    assert "bad configuration" in ran.log("a")


def test_a_service_that_cannot_be_started_fails_the_job(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services: {{db: {{image: "{EMPTY}", command: nothing}}}}
    steps: [{{run: echo never}}]
"""
    )
    ran = container_project.run()
    assert "The container could not be started" in ran.job("a")["reason"]
    assert "nothing" in ran.job("a")["reason"]


def test_entrypoint_variables_and_command_of_a_service(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services:
      db:
        image: {SMALL}
        entrypoint: sh
        command: -c "echo one=$ONE; sleep 300"
        env: {{ONE: "${{{{ vars.ONE }}}}"}}
    steps: [{{run: sleep 0.5}}]
"""
    )
    assert "one=1\n" in container_project.run("--var", "ONE=1").log("a")


def test_a_service_without_an_image_is_left_out(container_project: ContainerProject) -> None:
    container_project.workflow(
        """
  a:
    runs-on: ubuntu-latest
    services: {db: "${{ vars.NONE }}"}
    steps: [{id: s, run: "echo ${{ job.services.db.id || 'none' }}"}]
"""
    )
    assert container_project.run(DOCKER_HOST="unix:///nowhere.sock").log("a", "s") == "none\n"


def test_secrets_are_hidden_in_what_services_write(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services:
      db: {{image: "{SMALL}", command: sh -c "echo I am $P; sleep 300", env: {{P: "${{{{ secrets.P }}}}"}}}}
    steps: [{{run: sleep 0.5}}]
"""
    )
    log = container_project.run("--secret", "P=hunter2").log("a")
    assert "I am ***" in log
    assert "hunter2" not in log


def test_waiting_for_a_service_can_be_interrupted(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    services: {{db: {{image: "{SMALL}", command: sleep 300, options: --health-cmd "sleep 60" --health-timeout 90s}}}}
    steps: [{{run: echo never}}]
"""
    )
    out = container_project.interrupted("Starting the service 'db': small:test")
    assert "never" not in out
    assert "cancelled" in out
    assert not container_project.daemon.leftovers()


def test_the_time_of_the_job_also_limits_waiting_for_services(container_project: ContainerProject) -> None:
    container_project.workflow(
        f"""
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 0.03
    services: {{db: {{image: "{SMALL}", command: sleep 300, options: --health-cmd "sleep 60" --health-timeout 90s}}}}
    steps: [{{run: echo never}}]
"""
    )
    ran = container_project.run()
    assert ran.job("a")["result"] == "cancelled"
    assert ran.job("a")["reason"] == "it ran longer than 0.03 minutes, its timeout-minutes"
    assert ran.job("a")["seconds"] < 60
