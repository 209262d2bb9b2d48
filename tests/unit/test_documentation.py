# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages in Markdown lead where they say, and name variables that exist."""

from __future__ import annotations

import re

import pytest

from .conftest import ROOT

EXCLUDED = {".git", ".venv", ".cache", ".ansible", ".sandbox"}
PAGES = sorted(path for path in ROOT.rglob("*.md") if not EXCLUDED & set(path.relative_to(ROOT).parts))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
ROLES = "|".join(sorted(path.name for path in ROOT.glob("roles/*")))


def anchors(page):
    """Return the fragments of a page's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", FENCED.sub("", page.read_text()), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(next(name for name in (slug, *(f"{slug}-{n}" for n in range(1, 99))) if name not in found))
    return found


def problem(page, link):
    """Return what is wrong with a relative link of a page, or nothing."""
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return f"{link}: there is no such file"
    if fragment and fragment not in anchors(target):
        return f"{link}: {target.name} has no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_files_and_headings(page):
    links = [link for link in LINK.findall(FENCED.sub("", page.read_text())) if not re.match(r"[a-z]+:", link)]
    assert [problem(page, link) for link in links if problem(page, link)] == []


def test_a_link_to_a_missing_file_or_heading_is_found():
    assert problem(ROOT / "README.md", "docs/missing.md") == "docs/missing.md: there is no such file"
    assert (
        problem(ROOT / "README.md", "docs/clients.md#missing")
        == "docs/clients.md#missing: clients.md has no such heading"
    )
    assert problem(ROOT / "README.md", "docs/clients.md#environment-variables") == ""


def test_every_page_of_docs_is_on_the_map():
    targets = {link.partition("#")[0] for link in LINK.findall((ROOT / "README.md").read_text())}
    assert {f"docs/{page.name}" for page in ROOT.glob("docs/*.md")} - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_variables_of_roles_exist(page):
    """A name in backticks that begins with a role's is a variable of a role or a playbook, or a plugin."""
    sources = [path for directory in ("roles", "playbooks", "inventory") for path in (ROOT / directory).rglob("*.yml")]
    existing = {name for path in sources for name in re.findall(r"\w+", path.read_text())}
    existing |= {path.stem for path in (ROOT / "plugins").rglob("*.py")}
    named = set(re.findall(rf"`((?:{ROLES})_[a-z0-9_]*[a-z0-9])`", page.read_text()))
    assert named - existing == set()
