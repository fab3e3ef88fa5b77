"""ECR's registry: images are pushed and pulled under `/v2/` (OCI distribution specification); repositories and their rules are moto's."""

import base64
import hashlib
import json
import re
import threading
import uuid
from typing import Any

from moto.ecr.models import ecr_backends

from .account import Account
from .wire import ACCOUNT, Answer, Call

PASSWORD = "emulated-registry"
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _refuse(status: int, code: str, message: str, **headers: str) -> Answer:
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Answer(status, body, {"content-type": "application/json", **headers})


class Registry:
    """Blobs and manifests by repository. A manifest is taken only when its blobs are there, and a tag only once where it is immutable."""

    def __init__(self, account: Account):
        self.account = account
        self._lock = threading.Lock()
        self._blobs: dict[tuple[str, str], bytes] = {}
        self._manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self._uploads: dict[str, bytes] = {}

    def token(self, _: Call) -> dict[str, Any]:
        secret = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
        given = {"authorizationToken": secret, "expiresAt": 4102444800, "proxyEndpoint": self.account.url}
        return {"authorizationData": [given]}

    def image(self, repository: str, tag: str) -> dict[str, Any] | None:
        """Configuration and layers of an image, as the archive of `docker save` has them; None for one that was never pushed."""
        with self._lock:
            found = self._manifests.get((repository, tag))
            if found is None:
                return None
            manifest = json.loads(found[0])
            blob = lambda entry: self._blobs[(repository, entry["digest"])]  # noqa: E731
            return {"config": blob(manifest["config"]), "layers": [blob(layer) for layer in manifest["layers"]]}

    def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
        expected = "Basic " + base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
        if headers.get("authorization") != expected:
            challenge = {"www-authenticate": f'Basic realm="{self.account.url}",service="ecr.amazonaws.com"'}
            return _refuse(401, "UNAUTHORIZED", "authentication required", **challenge)
        if path == "/v2/":
            return Answer(200, b"{}", {"content-type": "application/json"})
        found = re.fullmatch(r"/v2/(.+?)/(blobs|manifests)/(.+)", path.rstrip("/"))
        if found is None:
            return _refuse(404, "NOT_FOUND", path)
        repository, kind, rest = found.groups()
        store = self._repository(repository)
        if store is None:
            return _refuse(404, "NAME_UNKNOWN", f"The repository with name '{repository}' does not exist")
        with self._lock:
            if kind == "manifests":
                return self._manifest(method, store, rest, headers, body)
            return self._blob(method, repository, rest, query, body)

    def _repository(self, name: str) -> Any:
        for backend in ecr_backends[ACCOUNT].values():
            if name in backend.repositories:
                return backend.repositories[name]
        return None

    def _blob(self, method: str, repository: str, rest: str, query: str, body: bytes) -> Answer:
        upload = re.fullmatch(r"uploads(?:/(.+))?", rest)
        if upload is None:
            content = self._blobs.get((repository, rest))
            if content is None or method not in ("GET", "HEAD"):
                return _refuse(404, "BLOB_UNKNOWN", rest)
            headers = {"content-type": "application/octet-stream", "docker-content-digest": rest}
            return Answer(200, content, {**headers, "content-length": str(len(content))})
        identifier = upload[1] or str(uuid.uuid4())
        if method == "POST":
            self._uploads[identifier] = b""
        elif identifier not in self._uploads:
            return _refuse(404, "BLOB_UPLOAD_UNKNOWN", identifier)
        elif method == "PATCH":
            self._uploads[identifier] += body
        elif method == "PUT":
            content = self._uploads.pop(identifier) + body
            digest = re.sub(r".*digest=sha256(?:%3A|:)([0-9a-f]{64}).*", r"sha256:\1", query)
            if digest != _digest(content):
                return _refuse(400, "DIGEST_INVALID", f"{digest} is not that of the content")
            self._blobs[(repository, digest)] = content
            return Answer(201, b"", {"docker-content-digest": digest, "location": f"/v2/{repository}/blobs/{digest}"})
        location = f"/v2/{repository}/blobs/uploads/{identifier}"
        size = len(self._uploads[identifier])
        return Answer(202, b"", {"location": location, "range": f"0-{max(0, size - 1)}", "docker-upload-uuid": identifier})

    def _manifest(self, method: str, store: Any, reference: str, headers: dict[str, str], body: bytes) -> Answer:
        repository = store.name
        if method == "PUT":
            return self._put(store, reference, headers.get("content-type", ""), body)
        found = self._manifests.get((repository, reference))
        if found is None:
            return _refuse(404, "MANIFEST_UNKNOWN", f"Requested image not found: {reference}")
        content, kind = found
        shown = {"content-type": kind, "docker-content-digest": _digest(content), "content-length": str(len(content))}
        return Answer(200, content, shown)

    def _put(self, store: Any, tag: str, kind: str, body: bytes) -> Answer:
        if kind not in MANIFESTS:
            return _refuse(415, "MANIFEST_INVALID", f"{kind} is not a kind of manifest")
        manifest = json.loads(body)
        for entry in (manifest["config"], *manifest["layers"]):
            content = self._blobs.get((store.name, entry["digest"]))
            if content is None:
                return _refuse(400, "MANIFEST_BLOB_UNKNOWN", entry["digest"])
            if len(content) != entry["size"]:
                return _refuse(400, "SIZE_INVALID", entry["digest"])
        present = self._manifests.get((store.name, tag))
        if present is not None and present[0] != body and store.image_tag_mutability == "IMMUTABLE":
            message = f"The image tag '{tag}' already exists in the '{store.name}' repository and cannot be overwritten because the tag is immutable."
            return _refuse(400, "TAG_INVALID", message)
        self._manifests[(store.name, tag)] = self._manifests[(store.name, _digest(body))] = (body, kind)
        region = next(region for region, backend in ecr_backends[ACCOUNT].items() if store.name in backend.repositories)
        if present is None:
            with self.account.locks.hold("ecr"):
                ecr_backends[ACCOUNT][region].put_image(store.name, body.decode(), tag, kind, _digest(body))
        return Answer(201, b"", {"docker-content-digest": _digest(body), "location": f"/v2/{store.name}/manifests/{tag}"})


def install(account: Account) -> Registry:
    registry = Registry(account)
    account.serve("ecr", "GetAuthorizationToken", registry.token)
    account.registry = registry.answer
    return registry
