"""What the documents say of the house is so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
]


def test_every_folder_that_the_architecture_names_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)/` \|", page, flags=re.MULTILINE)
    assert len(named) >= 8
    missing = [folder for folder in named if not (ROOT / folder).is_dir()]
    assert missing == []


def test_every_top_level_package_is_named_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = [path.parent.name for path in ROOT.glob("*/__init__.py")]
    assert [name for name in packages if f"`{name}/`" not in page] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_each_decision_has_a_number_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert sorted(set(numbers)) == numbers
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {page.name[:4]} · "), page.name


def test_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")))
        assert named <= targets, document


def test_ci_calls_what_the_readme_names() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for document in ("README.md", "README.zh-CN.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for command in ("make check", "make test"):
            assert command in script
            assert command in text


def test_no_file_of_code_is_longer_than_four_hundred_lines() -> None:
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "migrations"]
    files = [path for package in packages for path in package.rglob("*.py")]
    assert len(files) > 400
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_nothing_is_imported_for_what_its_import_does() -> None:
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    files = [path for package in packages for path in package.rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in files if "F401" in path.read_text(encoding="utf-8")] == []
