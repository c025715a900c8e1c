"""What the chart keeps safe: the nightly backup, the restore, and the key that is followed."""

from typing import Any

from tests.deploy.test_helm import NEEDED, WAYS, documents, merged, pods


def claims(pod: dict[str, Any]) -> dict[str, str]:
    """Where a pod has which volume that stays."""
    [container] = pod["containers"]
    places = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    kept = [each for each in pod["volumes"] if "persistentVolumeClaim" in each]
    return {places[each["name"]]: each["persistentVolumeClaim"]["claimName"] for each in kept}


def test_each_night_a_backup_in_two_halves_on_two_volumes() -> None:
    found = documents(NEEDED)
    [night] = [each["spec"] for each in found if each["kind"] == "CronJob"]
    assert (night["schedule"], night["timeZone"], night["concurrencyPolicy"]) == (
        "0 3 * * *",
        "Etc/UTC",
        "Forbid",
    )
    pod = dict(pods(found))["backup"]
    assert claims(pod) == {
        "/var/backups/straat": "straat-backups",
        "/var/backups/straat-keys": "straat-backup-keys",
    }
    [key] = [each["secret"] for each in pod["volumes"] if each["name"] == "key"]
    assert [each["key"] for each in key["items"]] == ["master_key"], "and nothing else of that secret"
    kept = {each["metadata"]["name"]: each for each in found if each["kind"] == "PersistentVolumeClaim"}
    assert set(kept) == {"straat-backups", "straat-backup-keys", "straat-erasures"}
    assert all(each["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep" for each in kept.values())


def test_a_restore_is_alone() -> None:
    """While it has a name nothing of ours runs or starts by itself, nor touches the database before it."""
    found = documents(WAYS["restoring"])
    replicas = [each["spec"]["replicas"] for each in found if each["kind"] == "Deployment"]
    assert replicas == [0] * 5
    assert {each["kind"] for each in found} & {"CronJob", "ScaledObject"} == set()
    jobs = [each["metadata"]["name"] for each in found if each["kind"] == "Job"]
    assert sorted(jobs) == ["straat-namespace", "straat-restore-20261126t030000z"]
    pod = dict(pods(found))["restore"]
    assert claims(pod)["/var/lib/straat"] == "straat-erasures"
    assert pod["containers"][0]["args"][-2:] == ["--replace=straat", "--no-erasures"]


def test_halves_are_brought_out_and_in_by_a_pod_that_knows_no_secret() -> None:
    assert "fetch" not in dict(pods(documents(NEEDED)))
    assert "fetch" not in dict(pods(documents(WAYS["restoring"]))), "the restore has the volumes to itself"
    pod = dict(pods(documents(WAYS["full"])))["fetch"]
    assert claims(pod) == {
        "/var/backups/straat": "straat-backups",
        "/var/backups/straat-keys": "straat-backup-keys",
        "/var/lib/straat": "straat-erasures",
    }
    assert [each for each in pod["volumes"] if "secret" in each] == []
    [near] = pod["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    labels = near["podAffinityTerm"]["labelSelector"]["matchLabels"]
    assert labels["app.kubernetes.io/component"] == "keeper"
    alone = documents(merged(WAYS["bare"], {"fetch": {"enabled": True}}))
    told = {each["metadata"]["name"] for each in alone if each["kind"] == "PersistentVolumeClaim"}
    assert (
        set(claims(dict(pods(alone))["fetch"]).values()) == told == {"straat-backups", "straat-backup-keys"}
    )


def test_the_master_key_is_mounted_in_a_folder() -> None:
    """One that is mounted by itself would not be followed when it is rotated."""
    for way in WAYS.values():
        for component, pod in pods(documents(way)):
            assert all("subPath" not in each for each in pod["containers"][0]["volumeMounts"]), component
