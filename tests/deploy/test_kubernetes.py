"""The resources of docs/deploy/kubernetes are valid, and fit each other."""

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "deploy" / "kubernetes"
FILES = sorted(FOLDER.rglob("*.yaml"))
MEBIBYTES = {"Mi": 1, "Gi": 1024}


def resource(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


def pod():
    return resource("statefulset")["spec"]["template"]


def container():
    return pod()["spec"]["containers"][0]


def mebibytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(\w+)", quantity).groups()
    return int(number) * MEBIBYTES[unit]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_resource_is_valid(path):
    kubernetes_validate.validate(yaml.safe_load(path.read_text()), "1.37", strict=True)


def test_all_resources_select_the_pod_of_the_store():
    labels = pod()["metadata"]["labels"]
    assert resource("statefulset")["spec"]["selector"]["matchLabels"] == labels
    assert resource("poddisruptionbudget")["spec"]["selector"]["matchLabels"] == labels
    assert resource("networkpolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert resource("service")["spec"]["selector"] == labels


def test_the_policy_lets_the_pods_of_the_example_connect():
    source = resource("networkpolicy")["spec"]["ingress"][0]["from"][0]
    labels = resource("example/job")["spec"]["template"]["metadata"]["labels"]
    assert labels.items() >= source["podSelector"]["matchLabels"].items()


def test_the_policy_opens_the_ports_of_all_stores():
    arguments = dict(argument[2:].split("=") for argument in container()["args"])
    opened = resource("networkpolicy")["spec"]["ingress"][0]["ports"][0]
    first, last = map(int, arguments["job-ports"].split("-"))
    assert opened["port"] == int(arguments["port"]) == first - 1
    assert opened["endPort"] == last


def test_the_store_may_use_five_eighths_of_its_memory():
    resources = container()["resources"]
    argument = next(text for text in container()["args"] if text.startswith("--max-memory="))
    limit = mebibytes(resources["limits"]["memory"])
    assert mebibytes(resources["requests"]["memory"]) == limit
    assert mebibytes(argument.removeprefix("--max-memory=")) * 8 == limit * 5
