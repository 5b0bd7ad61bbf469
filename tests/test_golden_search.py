"""Ids, names, identities, costs and the skeletons of files are those of earlier versions: old results are found."""

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
def test_a_search_is_what_it_was(now, part):
    before = json.loads((GOLDEN / "search.json").read_text("utf-8"))
    assert now[part] == before[part]
