"""Application Auto Scaling: tags of scalable targets."""

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from .account import Account
from .wire import AwsError, Call


def install(account: Account) -> None:
    tags: dict[str, dict[str, str]] = {}
    register = ApplicationAutoScalingResponse.register_scalable_target
    deregister = ApplicationAutoscalingBackend.deregister_scalable_target

    def register_tagged(response: ApplicationAutoScalingResponse) -> str:
        answer = register(response)
        namespace, resource = response._get_param("ServiceNamespace"), response._get_param("ResourceId")
        for target in response.applicationautoscaling_backend._flatten_scalable_targets(namespace):
            if target.resource_id == resource:
                tags.setdefault(target.arn, {}).update(response._get_param("Tags") or {})
        return answer

    def deregister_tagged(
        backend: ApplicationAutoscalingBackend, namespace: str, resource: str, dimension: str
    ) -> None:
        for target in backend._flatten_scalable_targets(namespace):
            if target.resource_id == resource:
                tags.pop(target.arn, None)
        deregister(backend, namespace, resource, dimension)

    ApplicationAutoScalingResponse.register_scalable_target = register_tagged
    ApplicationAutoscalingBackend.deregister_scalable_target = deregister_tagged

    def of(call: Call) -> dict[str, str]:
        arn = call.json()["ResourceARN"]
        if arn not in tags:
            raise AwsError("ResourceNotFoundException", f"No scalable target has the ARN {arn}")
        return tags[arn]

    def tag(call: Call) -> dict[str, str]:
        of(call).update(call.json()["Tags"])
        return {}

    def untag(call: Call) -> dict[str, str]:
        for key in call.json()["TagKeys"]:
            of(call).pop(key, None)
        return {}

    account.serve("application-autoscaling", "ListTagsForResource", lambda call: {"Tags": of(call)})
    account.serve("application-autoscaling", "TagResource", tag)
    account.serve("application-autoscaling", "UntagResource", untag)
