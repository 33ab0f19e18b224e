"""Options of ``docker create`` as they are written in a workflow, turned into what the engine's API takes.

GitHub documents them under "Workflow syntax", *jobs.<job_id>.container.options*, Docker under "docker
container create".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel.engines.optionvalues import (
    device,
    health_command,
    host_entry,
    log_option,
    mount,
    nano_cpus,
    nanoseconds,
    pair,
    restart_policy,
    size,
    tmpfs,
    ulimit,
    variable,
    whole,
)
from headway.kernel.engines.words import split_words
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

Body = dict[str, Any]


class Option(NamedTuple):
    """One option: where its value goes in the body, what is made of it, and how it meets an earlier one.

    ``kind`` is ``set`` (the last counts), ``list`` (all count), ``map`` (pairs) or ``flag`` (true or false).
    """

    path: str
    convert: Callable[[str], Any] = str
    kind: str = "set"


_OPTIONS = {
    "add-host": Option("HostConfig.ExtraHosts", host_entry, "list"),
    "annotation": Option("HostConfig.Annotations", pair, "map"),
    "blkio-weight": Option("HostConfig.BlkioWeight", whole),
    "cap-add": Option("HostConfig.CapAdd", kind="list"),
    "cap-drop": Option("HostConfig.CapDrop", kind="list"),
    "cgroup-parent": Option("HostConfig.CgroupParent"),
    "cgroupns": Option("HostConfig.CgroupnsMode"),
    "cpu-period": Option("HostConfig.CpuPeriod", whole),
    "cpu-quota": Option("HostConfig.CpuQuota", whole),
    "cpu-shares": Option("HostConfig.CpuShares", whole),
    "cpus": Option("HostConfig.NanoCpus", nano_cpus),
    "cpuset-cpus": Option("HostConfig.CpusetCpus"),
    "cpuset-mems": Option("HostConfig.CpusetMems"),
    "device": Option("HostConfig.Devices", device, "list"),
    "device-cgroup-rule": Option("HostConfig.DeviceCgroupRules", kind="list"),
    "dns": Option("HostConfig.Dns", kind="list"),
    "dns-option": Option("HostConfig.DnsOptions", kind="list"),
    "dns-search": Option("HostConfig.DnsSearch", kind="list"),
    "domainname": Option("Domainname"),
    "entrypoint": Option("Entrypoint", lambda text: [text]),
    "env": Option("Env", variable, "list"),
    "expose": Option("ExposedPorts", lambda text: (text if "/" in text else f"{text}/tcp", {}), "map"),
    "group-add": Option("HostConfig.GroupAdd", kind="list"),
    "health-cmd": Option("Healthcheck.Test", health_command),
    "health-interval": Option("Healthcheck.Interval", nanoseconds),
    "health-retries": Option("Healthcheck.Retries", whole),
    "health-start-interval": Option("Healthcheck.StartInterval", nanoseconds),
    "health-start-period": Option("Healthcheck.StartPeriod", nanoseconds),
    "health-timeout": Option("Healthcheck.Timeout", nanoseconds),
    "hostname": Option("Hostname"),
    "init": Option("HostConfig.Init", kind="flag"),
    "ipc": Option("HostConfig.IpcMode"),
    "isolation": Option("HostConfig.Isolation"),
    "label": Option("Labels", pair, "map"),
    "log-driver": Option("HostConfig.LogConfig.Type"),
    "log-opt": Option("HostConfig.LogConfig.Config", log_option, "map"),
    "mac-address": Option("MacAddress"),
    "memory": Option("HostConfig.Memory", size),
    "memory-reservation": Option("HostConfig.MemoryReservation", size),
    "memory-swap": Option("HostConfig.MemorySwap", size),
    "memory-swappiness": Option("HostConfig.MemorySwappiness", whole),
    "mount": Option("HostConfig.Mounts", mount, "list"),
    "name": Option("name"),
    "network-alias": Option("aliases", kind="list"),
    "no-healthcheck": Option("Healthcheck.Test", lambda _: ["NONE"], "constant"),
    "oom-kill-disable": Option("HostConfig.OomKillDisable", kind="flag"),
    "oom-score-adj": Option("HostConfig.OomScoreAdj", whole),
    "pid": Option("HostConfig.PidMode"),
    "pids-limit": Option("HostConfig.PidsLimit", whole),
    "platform": Option("platform"),
    "privileged": Option("HostConfig.Privileged", kind="flag"),
    "publish": Option("ports", kind="list"),
    "publish-all": Option("HostConfig.PublishAllPorts", kind="flag"),
    "read-only": Option("HostConfig.ReadonlyRootfs", kind="flag"),
    "restart": Option("HostConfig.RestartPolicy", restart_policy),
    "rm": Option("ignored", kind="flag"),
    "runtime": Option("HostConfig.Runtime"),
    "security-opt": Option("HostConfig.SecurityOpt", kind="list"),
    "shm-size": Option("HostConfig.ShmSize", size),
    "stop-signal": Option("StopSignal"),
    "stop-timeout": Option("StopTimeout", whole),
    "storage-opt": Option("HostConfig.StorageOpt", pair, "map"),
    "sysctl": Option("HostConfig.Sysctls", pair, "map"),
    "tmpfs": Option("HostConfig.Tmpfs", tmpfs, "map"),
    "tty": Option("Tty", kind="flag"),
    "ulimit": Option("HostConfig.Ulimits", ulimit, "list"),
    "user": Option("User"),
    "userns": Option("HostConfig.UsernsMode"),
    "uts": Option("HostConfig.UTSMode"),
    "volume": Option("volumes", kind="list"),
    "volumes-from": Option("HostConfig.VolumesFrom", kind="list"),
    "workdir": Option("WorkingDir"),
}
_SHORT = {
    "c": "cpu-shares",
    "e": "env",
    "h": "hostname",
    "l": "label",
    "m": "memory",
    "p": "publish",
    "P": "publish-all",
    "t": "tty",
    "u": "user",
    "v": "volume",
    "w": "workdir",
}
_REFUSED = {
    "network": "every job has a network of its own; containers are in it under the names of their services",
    "net": "every job has a network of its own; containers are in it under the names of their services",
}


def parse_options(text: str, refused: dict[str, str] | None = None) -> Body:
    """Return the options as parts of the body of *ContainerCreate*.

    Four keys are not the engine's: ``volumes``, ``ports``, ``aliases`` and ``platform``. ``refused`` names
    further options that are not allowed here, and why. Raises ``HeadwayError`` that names the option at fault.
    """
    body: Body = {}
    words = split_words(text)
    while words:
        name, option, value = _next(words, _REFUSED | (refused or {}))
        try:
            _store(body, option, option.convert(value))
        except ValueError as error:
            raise HeadwayError(f"The container option '--{name} {value}' cannot be read: {error}") from error
    return body


def _next(words: list[str], refused: dict[str, str]) -> tuple[str, Option, str]:
    """Take an option and its value from the front of the words."""
    word = words.pop(0)
    name, has_value, value = _name_of(word)
    if name in refused:
        raise HeadwayError(f"The container option '--{name}' is not supported: {refused[name]}")
    option = _OPTIONS.get(name)
    if option is None:
        raise HeadwayError(f"The container option '{word}' is not known. {_advice(name)}".rstrip())
    if option.kind in ("flag", "constant"):
        if has_value and value not in ("true", "false"):
            raise HeadwayError(f"The container option '--{name}' is true or false, not '{value}'")
        return name, option, value or "true"
    if has_value:
        return name, option, value
    if not words:
        raise HeadwayError(f"The container option '{word}' needs a value")
    return name, option, words.pop(0)


def _name_of(word: str) -> tuple[str, str, str]:
    """Return the long name of an option, a mark if a value follows in the same word, and that value."""
    if word.startswith("--"):
        return word[2:].partition("=")
    if not word.startswith("-") or len(word) == 1:
        raise HeadwayError(
            f"'{word}' in the container options is no option. A value with blanks needs double quotes; single ones do "
            "not count on GitHub"
        )
    name = _SHORT.get(word[1], word[1])
    return name, word[2:], word[2:].removeprefix("=")


def _advice(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, _OPTIONS, 1)
    return f"Did you mean '--{near[0]}'?" if near else ""


def _store(body: Body, option: Option, value: Any) -> None:
    *folders, key = option.path.split(".")
    for folder in folders:
        body = body.setdefault(folder, {})
    if option.kind == "flag":
        body[key] = value == "true"
    elif option.kind == "list":
        body.setdefault(key, []).append(value)
    elif option.kind == "map":
        body.setdefault(key, {}).update([value])
    else:
        body[key] = value
