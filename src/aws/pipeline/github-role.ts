import { partitionOf } from '../partition.ts';
import { lockedProvider } from '../terraform/provider-lock.ts';
import { pipelineNames, type Pipeline } from './names.ts';
import { planPolicy, upPolicy, type PolicyDocument } from './policies.ts';

const issuer = 'token.actions.githubusercontent.com';

/** Seconds that `up` and `down` may take: brokers alone take 20 to 40 minutes. */
export const upSeconds = 4 * 3600;

/** Terraform of the roles that GitHub's runners take on, for an administrator of the account to apply once. */
export function renderRole(pipeline: Pipeline): string {
  const { prefix, region, owner, repository } = pipeline;
  const names = pipelineNames(pipeline);
  const place = { prefix, region, accountId: '${local.account}' };
  const arn = `arn:${partitionOf(region)}`;
  return `# Written by "cryptodm init --ci github". The roles with which ${owner}/${repository} plans, starts and takes down the lake ${prefix}.
# An administrator of the account applies it once:
#
#   gh api repos/${owner}/${repository} --jq '"owner_id = \\(.owner.id)\\nrepository_id = \\(.id)"' > .github/cryptodm-role/terraform.tfvars
#   terraform -chdir=.github/cryptodm-role init
#   terraform -chdir=.github/cryptodm-role apply

terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= ${lockedProvider.version}" }
  }
}

provider "aws" {
  region = "${region}"
}

variable "owner_id" {
  type        = string
  description = "Number of the owner of the repository at GitHub: gh api repos/${owner}/${repository} --jq .owner.id"
  validation {
    condition     = can(regex("^[0-9]+$", var.owner_id))
    error_message = "It is a number."
  }
}

variable "repository_id" {
  type        = string
  description = "Number of the repository at GitHub: gh api repos/${owner}/${repository} --jq .id"
  validation {
    condition     = can(regex("^[0-9]+$", var.repository_id))
    error_message = "It is a number."
  }
}

variable "create_provider" {
  type        = bool
  default     = true
  description = "false where the account has the identity provider of GitHub already: there can be only one"
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  # Since 15 July 2026 new and renamed repositories sign in with their numbers behind their names; older ones by name only.
  repositories = ["repo:${owner}/${repository}", "repo:${owner}@\${var.owner_id}/${repository}@\${var.repository_id}"]
  subjects = {
    plan = [for one in local.repositories : "\${one}:pull_request"]
    up = flatten([for one in local.repositories : [
      "\${one}:environment:${names.environment}",
      "\${one}:environment:${names.scheduledEnvironment}",
    ]])
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.create_provider ? 1 : 0
  url            = "https://${issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["${arn}:iam::\${local.account}:oidc-provider/${issuer}"]
    }
    condition {
      test     = "StringEquals"
      variable = "${issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "${issuer}:sub"
      values   = each.value
    }
  }
}

# What a pull request may do: read what the lake consists of, and its state.
resource "aws_iam_role" "plan" {
  name               = "${names.planRole}"
  path               = "${names.path}"
  assume_role_policy = data.aws_iam_policy_document.trust["plan"].json
  depends_on         = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.plan.name
  policy = ${policyText(planPolicy(place))}
}

# What runs behind an environment of GitHub. It may make roles for the lake and pass them on: give that environment reviewers.
resource "aws_iam_role" "up" {
  name                 = "${names.upRole}"
  path                 = "${names.path}"
  max_session_duration = ${String(upSeconds)}
  assume_role_policy   = data.aws_iam_policy_document.trust["up"].json
  depends_on           = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "up" {
  name = "up"
  role = aws_iam_role.up.name
  policy = ${policyText(upPolicy(place))}
}

# GitHub needs it as a variable: gh variable set ${names.accountVariable} --body "$(terraform -chdir=.github/cryptodm-role output -raw account)"
output "account" {
  value = local.account
}
`;
}

/** JSON is an expression of Terraform's language, and references in its texts are filled in. Written as `terraform fmt` would. */
function policyText(policy: PolicyDocument): string {
  const json = JSON.stringify(policy, null, 2).replaceAll(/^( *"[^"]+"): /gm, '$1 : ');
  return `jsonencode(${json.replaceAll('\n', '\n  ')})`;
}
