"""The resources of docs/deploy/kubernetes are valid, and fit each other."""

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "deploy" / "kubernetes"
FILES = sorted(FOLDER.rglob("*.yaml"))
WITH_RELAY = ("relays/daemonset", "relays/example/job-with-relays")
MEBIBYTES = {"Mi": 1, "Gi": 1024}


def resource(name):
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text())


def pod(name="statefulset"):
    return resource(name)["spec"]["template"]


def container(name="statefulset"):
    """The one of tcpstored: a relay in a job's pod is among those that start before the others."""
    spec = pod(name)["spec"]
    return spec.get("initContainers", spec["containers"])[0]


def arguments(name="statefulset"):
    return dict(argument[2:].split("=") for argument in container(name)["args"])


def mebibytes(quantity):
    number, unit = re.fullmatch(r"(\d+)(\w+)", quantity).groups()
    return int(number) * MEBIBYTES[unit]


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(FOLDER)) for path in FILES])
def test_the_resource_is_valid(path):
    kubernetes_validate.validate(yaml.safe_load(path.read_text()), "1.37", strict=True)


def test_all_resources_select_the_pod_of_the_store():
    labels = pod()["metadata"]["labels"]
    assert resource("poddisruptionbudget")["spec"]["selector"]["matchLabels"] == labels
    for folder in ("", "relays/"):
        assert pod(f"{folder}statefulset")["metadata"]["labels"] == labels
        assert resource(f"{folder}statefulset")["spec"]["selector"]["matchLabels"] == labels
        assert resource(f"{folder}networkpolicy")["spec"]["podSelector"]["matchLabels"] == labels
        assert resource(f"{folder}service")["spec"]["selector"] == labels


@pytest.mark.parametrize("job, policy, source", [
    ("example/job", "networkpolicy", 0), ("relays/example/job-with-relays", "relays/networkpolicy", 1)])
def test_the_policy_lets_the_pods_of_the_example_connect(job, policy, source):
    allowed = resource(policy)["spec"]["ingress"][source]["from"][0]
    labels = pod(job)["metadata"]["labels"]
    assert labels.items() >= allowed["podSelector"]["matchLabels"].items()


def test_the_policy_opens_the_ports_of_all_stores():
    opened = resource("networkpolicy")["spec"]["ingress"][0]["ports"][0]
    first, last = map(int, arguments()["job-ports"].split("-"))
    assert opened["port"] == int(arguments()["port"]) == first - 1
    assert opened["endPort"] == last


@pytest.mark.parametrize("name", ["statefulset", "relays/statefulset", *WITH_RELAY])
def test_tcpstored_may_use_five_eighths_of_its_memory(name):
    resources = container(name)["resources"]
    limit = mebibytes(resources["limits"]["memory"])
    assert mebibytes(resources["requests"]["memory"]) == limit
    assert mebibytes(arguments(name)["max-memory"]) * 8 == limit * 5


def without(items, *names):
    return [item for item in items if item.get("name") not in names]


def test_the_store_with_relays_differs_from_the_other_only_in_its_trunk():
    store = resource("relays/statefulset")
    spec = store["spec"]["template"]["spec"]
    del spec["securityContext"]["fsGroup"]
    spec["volumes"] = without(spec["volumes"], "secret")
    tcpstored = spec["containers"][0]
    tcpstored["args"] = [text for text in tcpstored["args"] if not text.startswith(("--trunk=", "--secret-file="))]
    tcpstored["ports"] = without(tcpstored["ports"], "trunk")
    tcpstored["volumeMounts"] = without(tcpstored["volumeMounts"], "secret")
    assert store == resource("statefulset")


@pytest.mark.parametrize("name", WITH_RELAY)
def test_relays_connect_to_the_trunk_of_the_store(name):
    service = resource("relays/service")
    port = int(arguments("relays/statefulset")["trunk"].removeprefix("[::]:"))
    assert arguments(name)["upstream"] == f"{service['metadata']['name']}:{port}"
    assert port in [each["port"] for each in service["spec"]["ports"]]
    assert port in [each["containerPort"] for each in container("relays/statefulset")["ports"]]
    assert arguments(name)["bind"] == "127.0.0.1"


def test_the_policy_opens_nothing_but_the_trunk_to_jobs():
    port = int(arguments("relays/statefulset")["trunk"].removeprefix("[::]:"))
    *jobs, prometheus = resource("relays/networkpolicy")["spec"]["ingress"]
    assert [rule["ports"] for rule in jobs] == [[{"port": port}]] * len(jobs)
    assert "namespaceSelector" in prometheus["from"][0]


@pytest.mark.parametrize("name", ["relays/statefulset", *WITH_RELAY])
def test_the_secret_is_readable_for_the_group_of_tcpstored_and_nobody_else(name):
    spec = pod(name)["spec"]
    volume = next(each for each in spec["volumes"] if each["name"] == "secret")
    mount = next(each for each in container(name)["volumeMounts"] if each["name"] == "secret")
    assert volume["secret"]["defaultMode"] == 0o440
    assert spec["securityContext"]["fsGroup"] > 0
    assert Path(arguments(name)["secret-file"]).parent == Path(mount["mountPath"])


@pytest.mark.parametrize("name", ["relays/example/job", "relays/example/job-with-relays"])
def test_jobs_connect_to_the_relay_on_127_0_0_1(name):
    relay = WITH_RELAY[0] if pod(name)["spec"].get("hostNetwork") else name
    command = pod(name)["spec"]["containers"][0]["command"]
    assert f"--rdzv-endpoint=127.0.0.1:{arguments(relay)['port']}" in command
    assert pod(relay)["spec"].get("hostNetwork") == pod(name)["spec"].get("hostNetwork")
