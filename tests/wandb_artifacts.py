"""The artifacts that W&B's client sends to the stand-in server: made, filled, committed, asked for once."""

import base64
from typing import Any

Node = dict[str, Any]


class Artifacts:
    """Artifacts by id; their files are kept by whoever serves ``url``/storage."""

    def __init__(self, entity: str) -> None:
        self._entity = entity
        self.url = ""
        self.all: dict[str, Node] = {}

    def fields(self) -> Node:
        """Return the fields of GraphQL's root."""
        return {
            "artifact": lambda arguments: self.all.get(arguments.get("id")),
            "createArtifact": self._create,
            "createArtifactFiles": self._files,
            "createArtifactManifest": self._manifest,
            "updateArtifactManifest": self._manifest,
            "commitArtifact": self._commit,
        }

    def _create(self, arguments: Node) -> Node:
        sent = arguments["input"]
        name = sent.get("artifactCollectionName") or sent["artifactCollectionNames"][0]
        versions = [each for each in self.all.values() if each["artifactSequence"]["name"] == name]
        if same := [each for each in versions if each["digest"] == sent["digest"]]:
            return {"artifact": same[0]}
        project = {"id": "p", "name": sent["projectName"], "internalId": identifier("ProjectInternalId:1")}
        project["entity"] = {"id": "e", "name": self._entity}
        made: Node = {
            "__typename": "Artifact",
            "id": identifier(f"Artifact:{len(self.all) + 1}"),
            "state": "PENDING",
            "digest": sent["digest"],
        }
        made |= {"metadata": sent.get("metadata"), "versionIndex": len(versions), "ttlDurationSeconds": -1, "size": 0}
        made |= {"ttlIsInherited": False, "tags": [], "fileCount": 1, "createdAt": "2026-01-01T00:00:00"}
        made |= {"artifactType": {"id": "t", "name": sent["artifactTypeName"]}, "latestArtifact": None}
        made["artifactSequence"] = {
            "__typename": "ArtifactSequence",
            "id": identifier(name),
            "name": name,
            "project": project,
        }
        collection = made["artifactSequence"]
        made["aliases"] = [
            {
                "__typename": "ArtifactAlias",
                "id": each["alias"],
                "alias": each["alias"],
                "artifactCollection": collection,
            }
            for each in sent.get("aliases") or []
        ]
        self.all[made["id"]] = made
        return {"artifact": made}

    def _files(self, arguments: Node) -> Node:
        nodes = []
        for sent in arguments["input"]["artifactFiles"]:
            path = f"artifacts/{sent['artifactID']}/{sent['name']}"
            node = {"id": identifier(path), "name": sent["name"], "displayName": sent["name"], "md5": sent.get("md5")}
            node |= {"uploadUrl": f"{self.url}/storage/{path}", "uploadHeaders": [], "storagePath": path}
            nodes.append({"node": node | {"artifact": {"id": sent["artifactID"]}}})
        return {"files": {"edges": nodes}}

    def _manifest(self, arguments: Node) -> Node:
        sent = arguments["input"]
        owner, name = sent.get("artifactID") or sent.get("artifactManifestID"), sent.get("name") or "manifest"
        file = {"id": "f", "name": name, "displayName": name, "uploadHeaders": []}
        file["uploadUrl"] = f"{self.url}/storage/artifacts/{owner}/{name}"
        return {"artifactManifest": {"id": str(owner), "file": file}}

    def _commit(self, arguments: Node) -> Node:
        made = self.all[arguments["input"]["artifactID"]]
        made["state"] = "COMMITTED"
        return {"artifact": made}


def identifier(text: str) -> str:
    """Return text as W&B writes its ids."""
    return base64.b64encode(text.encode()).decode()
