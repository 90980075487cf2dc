# SPDX-License-Identifier: Apache-2.0
"""Applied documents: what a set of files says, and that a restart finds what was in force."""

import json
from pathlib import Path

import pytest

from l7filters.source import InputError
from riftgate.control.documents import Document, DocumentFile, DocumentKey, parse_files, policies_of
from riftgate.control.wire import documents_from_json, documents_to_json

CNP = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {{name: {name}}}
spec:
  endpointSelector: {{matchLabels: {{app: {app}}}}}
  ingress: [{{fromEndpoints: [{{}}]}}]
"""
CHAOS = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: late}
spec:
  endpointSelector: {}
  ingress:
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {l7proto: chaos, l7: [{delay-request: 1s}]}
"""
TWO_SPECS = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: two}
specs:
- endpointSelector: {matchLabels: {app: a}}
  ingress: [{}]
- endpointSelector: {matchLabels: {app: b}}
  ingress: [{}]
"""
NAMESAKE = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: late}
spec: {podSelector: {}}
"""


def cnp(name: str, app: str = "a") -> str:
    return CNP.format(name=name, app=app)


def key(name: str, kind: str = "CiliumNetworkPolicy") -> DocumentKey:
    return DocumentKey(kind, "default", name)


@pytest.fixture
def saved(tmp_path: Path) -> DocumentFile:
    return DocumentFile(tmp_path / "documents.json")


def test_each_document_has_its_policies_and_faults() -> None:
    found = parse_files([("a.yaml", cnp("one") + "---\n" + CHAOS)])
    assert sorted(each.name for each in found) == ["late", "one"]
    assert found[key("one")].faults == ()
    assert [fault.id for fault in found[key("late")].faults] == ["default.late/rule0.0.80"]
    assert found[key("late")].scenario == "default.late"
    assert str(found[key("one")].location) == "a.yaml:4"


def test_the_specs_of_one_document_are_one_document() -> None:
    found = parse_files([("two.yaml", TWO_SPECS)])
    assert list(found) == [key("two")]
    assert [str(policy.location) for policy in found[key("two")].policies] == ["two.yaml:5", "two.yaml:7"]
    assert len(policies_of(found)) == 2


def test_a_namesake_of_another_kind_has_no_faults() -> None:
    found = parse_files([("late.yaml", CHAOS + "---\n" + NAMESAKE)])
    assert found[key("late", "NetworkPolicy")].faults == ()
    assert found[key("late")].faults


def test_one_name_in_two_files_is_a_problem_that_names_both() -> None:
    with pytest.raises(InputError) as refused:
        parse_files([("a.yaml", cnp("one")), ("b.yaml", "\n" + cnp("one"))])
    assert "b.yaml:2" in str(refused.value)
    assert "a.yaml:1" in str(refused.value)


def test_the_problems_of_all_files_come_at_once() -> None:
    with pytest.raises(InputError) as refused:
        parse_files([("a.yaml", "kind: What\n"), ("b.yaml", cnp("ok")), ("c.yaml", "}{")])
    assert {problem.location.file for problem in refused.value.problems} == {"a.yaml", "c.yaml"}


def test_nothing_saved_is_nothing(saved: DocumentFile) -> None:
    assert saved.load() == {}


def test_what_is_saved_is_found_again(saved: DocumentFile) -> None:
    documents = parse_files([("a.yaml", cnp("one") + "---\n" + CHAOS), ("b.yaml", TWO_SPECS)])
    saved.save(documents)
    assert saved.load() == documents


def test_documents_of_one_file_may_be_of_two_versions_of_it(saved: DocumentFile) -> None:
    """As after: apply, change the file, apply; what the new version does not name stays as it was."""
    old = parse_files([("a.yaml", cnp("one", "old") + "---\n" + cnp("two", "old"))])
    new = parse_files([("a.yaml", cnp("two", "new"))])
    documents = old | new
    saved.save(documents)
    assert saved.load() == documents
    assert "app=old" in str(saved.load()[key("one")].policies[0].subject)
    assert "app=new" in str(saved.load()[key("two")].policies[0].subject)


def test_a_document_that_was_deleted_does_not_come_back_with_its_file(saved: DocumentFile) -> None:
    documents = parse_files([("a.yaml", cnp("one") + "---\n" + cnp("two"))])
    del documents[key("one")]
    saved.save(documents)
    assert list(saved.load()) == [key("two")]


def test_watched_ones_are_in_force_at_once_after_a_restart(saved: DocumentFile) -> None:
    watched = parse_files([("dir/a.yaml", cnp("one"))], watched=True)
    saved.save(watched | parse_files([("b.yaml", cnp("two"))]))
    assert {each.name: document.watched for each, document in saved.load().items()} == {"one": True, "two": False}


def test_saving_replaces_the_file_as_a_whole(saved: DocumentFile, tmp_path: Path) -> None:
    saved.save(parse_files([("a.yaml", cnp("one"))]))
    reader = (tmp_path / "documents.json").open()
    saved.save({})
    assert json.load(reader), "who reads the old file reads it to its end"
    assert saved.load() == {}


def test_a_full_disk_leaves_the_old_file_and_no_other(
    saved: DocumentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = parse_files([("a.yaml", cnp("one"))])
    saved.save(documents)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        saved.save({})
    assert saved.load() == documents
    assert [path.name for path in tmp_path.iterdir()] == ["documents.json"]


def test_a_saved_document_that_cannot_be_read_is_not_left_out(saved: DocumentFile, tmp_path: Path) -> None:
    saved.save(parse_files([("a.yaml", cnp("one")), ("b.yaml", cnp("two"))]))
    path = tmp_path / "documents.json"
    path.write_text(path.read_text().replace("endpointSelector", "endpointSelectors", 1))
    with pytest.raises(InputError, match="endpointSelectors"):
        saved.load()


@pytest.mark.parametrize("text", ["", "{", "[{}]", '[{"file": 1}]', "3"])
def test_a_broken_file_is_named(saved: DocumentFile, tmp_path: Path, text: str) -> None:
    (tmp_path / "documents.json").write_text(text)
    with pytest.raises(InputError, match=r"documents\.json:1: is not what was saved there"):
        saved.load()


def test_documents_survive_json() -> None:
    old = parse_files([("a.yaml", cnp("one", "old") + "---\n" + cnp("two", "old"))])
    documents: dict[DocumentKey, Document] = old | parse_files([("a.yaml", cnp("two", "new")), ("b.yaml", CHAOS)])
    data = json.loads(json.dumps(documents_to_json(documents)))
    assert [(each["name"], each["line"], each["faults"]) for each in data] == [
        ("late", 4, ["default.late/rule0.0.80"]),
        ("one", 4, []),
        ("two", 4, []),
    ]
    assert documents_from_json(data) == documents
