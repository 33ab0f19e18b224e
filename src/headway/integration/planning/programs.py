"""Which programs the scripts of a job call that hosted runners have and this machine may lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.workflows.tokens import Expression, Scalar, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from headway.integration.workflows.models import Job, Step

HOSTED = frozenset(
    (
        "7z ansible ant apt apt-get aptitude aria2c aws az brew bundle bundler bazel buildah cargo clang clang++ "
        "clang-format clang-tidy cmake cmake-gui composer conda curl docker docker-compose dotnet ffmpeg firefox g++ "
        "gcc gcloud gem gfortran gh ghc ghcup git git-lfs go google-chrome gpg gradle haveged helm hub ip java javac "
        "jq julia kind kotlin kotlinc kubectl kustomize lerna make mercurial hg minikube mvn mysql n ninja node npm "
        "npx nvm packer parallel perl php phpunit pip pip3 pipx pkg-config podman pnpm psql pulumi pwsh python "
        "python3 rsync ruby rustc rustup sbt shellcheck skopeo snap sqlite3 ssh sshpass stack sudo svn swift "
        "systemctl tar terraform tofu tree unzip vcpkg wget xvfb-run xz yamllint yarn yq zip zstd zsh"
    ).split()
)
"""Programs that GitHub's Ubuntu runners have, and that workflows count on."""

PROVIDERS = {
    "actions/setup-node": "node npm npx corepack yarn pnpm",
    "actions/setup-python": "python python3 pip pip3",
    "actions/setup-go": "go gofmt",
    "actions/setup-java": "java javac",
    "actions/setup-dotnet": "dotnet",
    "ruby/setup-ruby": "ruby gem bundle bundler",
    "shivammathur/setup-php": "php composer",
    "astral-sh/setup-uv": "uv uvx",
    "pnpm/action-setup": "pnpm",
    "oven-sh/setup-bun": "bun",
    "denoland/setup-deno": "deno",
    "hashicorp/setup-terraform": "terraform",
    "opentofu/setup-opentofu": "tofu",
    "azure/setup-kubectl": "kubectl",
    "azure/setup-helm": "helm",
    "actions-rs/toolchain": "cargo rustc rustup",
    "dtolnay/rust-toolchain": "cargo rustc rustup",
    "gradle/actions/setup-gradle": "gradle",
    "haskell-actions/setup": "ghc cabal stack",
    "erlef/setup-beam": "erl elixir mix rebar3",
}
"""Programs that an action brings, by the action."""


def provided_by(actions: Iterable[str]) -> set[str]:
    """Return the programs that these actions (``owner/name@ref``) bring."""
    names = (action.partition("@")[0].lower() for action in actions)
    return {program for name in names for program in PROVIDERS.get(name, "").split()}


class MissingProgram(NamedTuple):
    """A program that a step calls and that is not on this machine."""

    program: str
    step: Step


_POSIX_SHELLS = ("", "bash", "sh")
_BETWEEN_WORDS = str.maketrans(dict.fromkeys("()[]{}<>|&;`'\"$=\n\t\\,", " "))


def missing_programs(job: Job, which: Callable[[str], str | None]) -> list[MissingProgram]:
    """Return the programs that the job's scripts call and ``which`` does not find; each one once, at its first step."""
    steps = list(_steps(job.steps))
    provided = provided_by(step.uses.text for step in steps if step.uses is not None)
    missing: dict[str, MissingProgram] = {}
    for step in steps:
        if not isinstance(step.run, Scalar | Expression) or not _is_posix(step, job):
            continue
        # Most scripts call nothing that is missing, and only then is it worth reading one closely.
        words = HOSTED.intersection(step.run.text.translate(_BETWEEN_WORDS).split())
        candidates = {word for word in words - provided - missing.keys() if which(word) is None}
        if candidates:
            from headway.integration.planning.shellscript import commands_in

            for program in sorted(candidates & commands_in(step.run.text)):
                missing[program] = MissingProgram(program, step)
    return list(missing.values())


def _is_posix(step: Step, job: Job) -> bool:
    shell = text_of(step.shell) or text_of(job.defaults.shell)
    return shell.split(" ")[0] in _POSIX_SHELLS


def _steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _steps(step.parallel)
