"""What W&B's client sent to the stand-in server: runs, and the answers about them."""

import base64
import json
from itertools import count
from typing import Any

from graphql_query import answer
from wandb_artifacts import Artifacts, identifier

ENTITY = "tester"
Node = dict[str, Any]


class Content:
    """What was sent: runs by project and id, artifacts, the bytes of files by path, and keys.

    From the first request on that holds ``breaks_at`` the server gives ``broken_status``, or no answer where that is 0.
    """

    def __init__(self) -> None:
        self.url = ""
        self.runs: dict[tuple[str, str], Node] = {}
        self.artifacts = Artifacts(ENTITY)
        self.files: dict[str, bytes] = {}
        self.keys: set[str] = set()
        self.breaks_at, self.broken_status, self.is_broken = "\0", 0, False
        self._time = count()

    def add_run(self, project: str, name: str, **changes: Any) -> Node:
        """Return the run, made where there is none."""
        seconds = next(self._time)
        run: Node = {"name": name, "displayName": name, "state": "running", "config": {}, "summary": {}, "history": []}
        run |= {
            "tags": [],
            "group": None,
            "jobType": None,
            "createdAt": f"2026-01-01T00:{seconds // 60:02}:{seconds % 60:02}",
        }
        return self.runs.setdefault((project, name), run | {"project": project} | changes)

    def execute(self, query: str, variables: Node) -> Node:
        """Answer one GraphQL request."""
        return answer(query, variables, self._root())

    def upload(self, path: str, content: bytes) -> None:
        """Keep a file."""
        self.files[path] = content

    def stream(self, project: str, run_id: str, content: Node) -> None:
        """Take a part of a run's history and summary, and its end."""
        run = self.runs[project, run_id]
        for name, part in (content.get("files") or {}).items():
            if name == "wandb-history.jsonl":
                run["history"][part["offset"] :] = [json.loads(line) for line in part["content"]]
            elif name == "wandb-summary.json":
                run["summary"] = json.loads(part["content"][-1])
        if content.get("complete"):
            run["state"] = {0: "finished", 255: "killed"}.get(content.get("exitcode"), "failed")

    def _root(self) -> Node:
        return {
            "viewer": _user(),
            "entity": {"id": "e", "name": ENTITY},
            "serverInfo": {"cliVersionInfo": {"max_cli_version": "99", "min_cli_version": "0"}, "features": []},
            "project": lambda arguments: self._project(arguments["name"]),
            "model": lambda arguments: self._project(arguments["name"]),
            "upsertBucket": self._upsert,
            "createRunFiles": self._run_files,
        } | self.artifacts.fields()

    def _project(self, name: str) -> Node | None:
        if name not in {project for project, _ in self.runs}:
            return None
        return {
            "id": identifier(f"Project:{name}"),
            "internalId": identifier("ProjectInternalId:1"),
            "name": name,
            "entityName": ENTITY,
            "entity": {"id": "e", "name": ENTITY},
            "runCount": lambda arguments: len(self._found(name, arguments)),
            "runs": lambda arguments: _page(self._found(name, arguments), arguments),
            "run": lambda arguments: self._one(name, arguments.get("name")),
            "bucket": lambda arguments: self._one(name, arguments.get("name")),
        }

    def _one(self, project: str, name: str | None) -> Node | None:
        run = self.runs.get((project, name or ""))
        return _shown(run) if run else None

    def _found(self, project: str, arguments: Node) -> list[Node]:
        wanted = json.loads(arguments.get("filters") or "{}")
        runs = [run for (place, _), run in self.runs.items() if place == project and _fits(run, wanted)]
        order = arguments.get("order") or "+created_at"
        assert order.lstrip("+-") == "created_at", order
        return sorted(runs, key=lambda run: str(run["createdAt"]), reverse=order.startswith("-"))

    def _upsert(self, arguments: Node) -> Node:
        sent = arguments["input"]
        project, name = sent.get("modelName") or sent.get("project") or "uncategorized", sent.get("name")
        if sent.get("id"):
            name = base64.b64decode(sent["id"]).decode().split(":")[-1]
            project = next(place for place, run_id in self.runs if run_id == name)
        is_new = (project, name) not in self.runs
        run = self.add_run(project, name)
        for source, target in {
            "displayName": "displayName",
            "groupName": "group",
            "jobType": "jobType",
            "tags": "tags",
        }.items():
            run[target] = sent[source] if sent.get(source) is not None else run[target]
        for source, target in {"config": "config", "summaryMetrics": "summary"}.items():
            run[target] = json.loads(sent[source]) if sent.get(source) else run[target]
        return {"bucket": _shown(run), "inserted": is_new}

    def _run_files(self, arguments: Node) -> Node:
        sent = arguments["input"]
        place = f"{self.url}/storage/{sent['projectName']}/{sent['runName']}"
        files = [{"name": name, "uploadUrl": f"{place}/{name}"} for name in sent["files"]]
        return {"runID": "1", "uploadHeaders": [], "files": files}


def _shown(run: Node) -> Node:
    """Return a run as GraphQL's node."""
    names = ("name", "displayName", "state", "tags", "group", "jobType", "createdAt")
    node = {name: run[name] for name in names} | {
        "id": identifier(f"Run:{run['name']}"),
        "readOnly": False,
        "user": _user(),
    }
    node |= {
        "config": json.dumps(run["config"]),
        "summaryMetrics": json.dumps(run["summary"]),
        "heartbeatAt": run["createdAt"],
    }
    node |= {"historyLineCount": len(run["history"]), "eventsLineCount": 0, "logLineCount": 0, "historyTail": "[]"}
    node |= {"eventsTail": "[]", "wandbConfig": '{"t": 1}', "projectId": 1}
    project = {
        "id": identifier(f"Project:{run['project']}"),
        "name": run["project"],
        "entity": {"id": "e", "name": ENTITY},
    }
    return node | {"project": project}


def _page(runs: list[Node], arguments: Node) -> Node:
    start = int(arguments.get("after") or 0)
    shown = runs[start : start + (arguments.get("first") or 50)]
    edges = [{"node": _shown(run), "cursor": str(start + i)} for i, run in enumerate(shown, start=1)]
    end = start + len(shown)
    return {
        "edges": edges,
        "pageInfo": {"endCursor": str(end), "hasNextPage": end < len(runs)},
        "totalCount": len(runs),
    }


def _fits(run: Node, wanted: Node) -> bool:
    """Return whether a run fits a filter; only $and and equality are known."""
    parts = [all(_fits(run, each) for each in value) for key, value in wanted.items() if key == "$and"]
    return all(parts) and all(run[key] == value for key, value in wanted.items() if key != "$and")


def _user() -> Node:
    user = {"id": "VXNlcjox", "entity": ENTITY, "username": ENTITY, "name": ENTITY, "email": "t@example.invalid"}
    return user | {"admin": True, "flags": "{}", "teams": {"edges": []}, "apiKeys": {"edges": []}}
