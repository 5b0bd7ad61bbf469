"""Ids, names, identities, costs and the skeletons of files are those of earlier versions, which are found again."""

import json
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
sys.path.append(str(GOLDEN))
from make_search import golden  # noqa: E402


@pytest.fixture(scope="module")
def now():
    return json.loads(json.dumps(golden()))


@pytest.mark.parametrize("part", ["searches", "files"])
def test_ids_names_identities_costs_and_files_are_those_of_earlier_versions(now, part):
    before = json.loads((GOLDEN / "search.json").read_text("utf-8"))
    assert now[part] == before[part]
