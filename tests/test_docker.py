"""What the image and the compose files name exists; the files have the form compose expects."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE = {path.name: yaml.safe_load(path.read_text()) for path in DOCKER.glob("compose*.yml")}
MAIN = COMPOSE["compose.yml"]
EXAMPLE = dict(
    line.split("=", 1)
    for line in (DOCKER / "example.env").read_text().splitlines()
    if line and line[0] != "#"
)
SETTINGS = (ROOT / "platform" / "config" / "settings.py").read_text()
READ = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))
OF_THE_IMAGE = {"MARQUEE_STATE", "STATIC_ROOT", "HOST", "DEBUG"}  # not for compose to change

TOP_KEYS = {"name", "services", "volumes"}
SERVICE_KEYS = {
    "build": dict,
    "command": list,
    "depends_on": dict,
    "deploy": dict,
    "environment": dict,
    "healthcheck": dict,
    "image": str,
    "ports": list,
    "restart": str,
    "volumes": list,
}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
RESTARTS = {"no", "always", "on-failure", "unless-stopped"}


def services() -> list:
    return [
        pytest.param(service, id=f"{file}-{name}")
        for file, content in COMPOSE.items()
        for name, service in content["services"].items()
    ]


def lines_of(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", DOCKERFILE, re.MULTILINE)


def commands() -> list[list[str]]:
    """Every command line, words apart; of `sh -c` the script's lines."""
    found = [yaml.safe_load(line) for line in lines_of("CMD")]
    found += [line.split() for line in lines_of("RUN")]
    for service in MAIN["services"].values():
        command = service.get("command", [])
        if command[:2] == ["sh", "-c"]:
            found += [part.split() for part in command[2].split("&&")]
        elif command:
            found.append(command)
    return found


def test_every_copied_path_exists():
    sources = [word for line in lines_of("COPY") for word in line.split()[:-1]]
    assert {"platform/", "recsys/", "fixtures/", "manage.py"} <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_requirements_of_both_images_exist_and_lead_to_files_that_do():
    default = re.search(r"ARG REQUIREMENTS=(\S+)", DOCKERFILE)[1]
    gpu = COMPOSE["compose.gpu.yml"]["services"]["heavy"]["build"]["args"]["REQUIREMENTS"]
    assert default != gpu
    left = [ROOT / default, ROOT / gpu]
    while left:
        path = left.pop()
        left += [
            path.parent / name
            for name in re.findall(r"^-[rc] (\S+)", path.read_text(), re.MULTILINE)
        ]
    assert re.search(r"^torch==", (ROOT / "requirements" / "base.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("file", COMPOSE)
def test_a_compose_file_has_the_top_keys_of_compose(file):
    keys = {key for key in COMPOSE[file] if not key.startswith("x-")}
    assert "services" in keys
    assert not keys - TOP_KEYS


@pytest.mark.parametrize("service", services())
def test_a_service_has_keys_and_values_of_compose(service):
    assert not set(service) - set(SERVICE_KEYS)
    assert [key for key, value in service.items() if not isinstance(value, SERVICE_KEYS[key])] == []
    assert "image" in service
    assert service.get("restart", "no") in RESTARTS
    assert not set(service.get("healthcheck", {})) - HEALTH_KEYS
    assert all(isinstance(word, str) for word in service.get("command", []))
    assert not isinstance(service.get("ports", [""])[0], int)


@pytest.mark.parametrize("service", services())
def test_a_build_names_this_folder_and_the_dockerfile(service):
    build = service.get("build")
    if build:
        context = (DOCKER / build["context"]).resolve()
        assert context == ROOT
        assert (context / build["dockerfile"]).is_file()
        assert all(f"ARG {name}=" in DOCKERFILE for name in build.get("args", {}))


@pytest.mark.parametrize("service", MAIN["services"].values(), ids=list(MAIN["services"]))
def test_a_service_waits_for_services_that_can_be_waited_for(service):
    for name, wait in service.get("depends_on", {}).items():
        other = MAIN["services"][name]
        assert wait["condition"] in CONDITIONS
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in other
        if wait["condition"] == "service_completed_successfully":
            assert other["restart"] in {"no", "on-failure"}


def test_named_volumes_and_hosts_are_there():
    mounts = [mount for one in MAIN["services"].values() for mount in one.get("volumes", [])]
    assert {mount.split(":")[0] for mount in mounts} == set(MAIN["volumes"])
    urls = " ".join(MAIN["x-marquee"]["environment"].values())
    assert set(re.findall(r"@(\w+):\d+", urls)) == {"postgres", "valkey"} <= set(MAIN["services"])


def test_the_gpu_file_changes_services_that_exist():
    assert set(COMPOSE["compose.gpu.yml"]["services"]) <= set(MAIN["services"])


def test_every_django_command_exists():
    run = [words[words.index("manage.py") + 1] for words in commands() if "manage.py" in words]
    assert {"migrate", "prepare", "collectstatic"} <= set(run)
    assert not set(run) - set(get_commands())


def test_every_module_and_queue_exists():
    from django.conf import settings

    from jobs.models import Job

    queues: set[str] = set()
    for words in commands():
        if words[0] == "celery":
            assert (ROOT / words[words.index("--workdir") + 1] / "config" / "celery.py").is_file()
            assert words[words.index("-A") + 1] == "config"
            queues |= set(words[words.index("-Q") + 1].split(",")) if "-Q" in words else set()
        if words[0] == "granian":
            folder = ROOT / words[words.index("--working-dir") + 1]
            module, name = words[-1].split(":")
            path = folder / f"{module.replace('.', '/')}.py"
            assert re.search(rf"^{name} = ", path.read_text(), re.MULTILINE)
    assert queues == {*Job.Queue.values, settings.PERIODIC_QUEUE}


def test_the_health_check_asks_for_an_address_of_the_site():
    from django.urls import resolve

    asked = " ".join(MAIN["services"]["web"]["healthcheck"]["test"])
    assert resolve(re.search(r"http://127\.0\.0\.1:8000(/\w+/)", asked)[1])


def test_every_variable_given_to_the_site_is_read_and_every_one_it_reads_can_be_given():
    given = set(MAIN["x-marquee"]["environment"])
    assert given == READ - OF_THE_IMAGE


def test_every_variable_of_the_image_is_read():
    of_python = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    named = set(re.findall(r"([A-Z_]+)=", " ".join(lines_of("ENV"))))
    of_others = {"DJANGO_SETTINGS_MODULE", "NUMBA_CACHE_DIR"}
    assert named - of_python <= READ | of_others


def test_the_example_names_only_what_compose_asks_for_and_all_it_demands():
    text = "".join(path.read_text() for path in DOCKER.glob("compose*.yml"))
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    demanded = set(re.findall(r"(?<!\$)\$\{([A-Z_]+):\?", text))
    assert demanded <= set(EXAMPLE) <= asked
    assert all(EXAMPLE[name] == "" for name in demanded)  # no secret that everybody knows


def test_the_defaults_of_compose_are_those_of_the_settings():
    from django.conf import settings

    defaults = {
        name: match[1]
        for name, value in MAIN["x-marquee"]["environment"].items()
        if (match := re.fullmatch(r"\$\{[A-Z_]+:-(.*)\}", value))
    }
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    assert defaults["API_RATE_ANONYMOUS"] == rates["anon"]
    assert defaults["API_RATE_MEMBER"] == rates["user"]
    assert defaults["FIRST_PRESET"] == settings.FIRST_PRESET
    assert int(defaults["PROXIES"]) == settings.PROXIES
    assert int(defaults["SERVED_LISTS_DAYS"]) == settings.SERVED_LISTS_KEPT.days
    assert int(defaults["STUDIO_IMAGES_A_DAY"]) == settings.STUDIO_IMAGES_A_DAY
    assert int(defaults["STUDIO_UPLOAD_MB"]) == settings.STUDIO_UPLOAD_MB
    assert defaults["STUDIO_MODERATION_MODEL"] == settings.STUDIO_MODERATION_MODEL == ""
    assert defaults["ALLOWED_HOSTS"] == defaults["SITE_URL"] == ""
