import { partitionOf } from '../partition.ts';
import { actions } from './actions.ts';
import { upSeconds } from './github-role.ts';
import { pipelineNames, type Pipeline } from './names.ts';

/** Tools of a runner, of the versions that cryptodm is tested with. */
const versions = { node: '24', java: '17', terraform: '1.11.4' };

/** The workflow of a lake: plan, up and down, one at a time. */
export function renderWorkflow(pipeline: Pipeline): string {
  const { prefix, branch, downAt } = pipeline;
  const names = pipelineNames(pipeline);
  const onBranch = `github.ref == 'refs/heads/${branch}'`;
  const schedule = downAt === undefined ? '' : `\n  schedule:\n    - cron: '${downAt}'`;
  return `# Written by "cryptodm init --ci github". A pull request shows what would change, a merge makes it, and the lake is taken down ${downAt === undefined ? 'by hand' : 'by the clock or by hand'}.
# The roles are those of .github/cryptodm-role, which an administrator of the account applies first.
name: lake ${prefix}

on:
  pull_request:
    branches: ['${branch}']
    paths: [cryptodm.yaml, .github/workflows/cryptodm.yml]
  push:
    branches: ['${branch}']
    paths: [cryptodm.yaml, .github/workflows/cryptodm.yml]
  workflow_dispatch:
    inputs:
      action:
        description: What to do with the lake
        type: choice
        options: [up, down --keep-data, down]${schedule}

permissions: {}

jobs:
  plan:
    # GitHub gives pull requests of forks no identity.
    if: github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    timeout-minutes: 45
    permissions:
      contents: read
      id-token: write
      pull-requests: write
${concurrency(prefix)}
    steps:
${setUp(pipeline, names.planRole, 3600)}
      - name: Plan
        id: plan
        run: cryptodm plan --no-input --quiet 2>&1 | tee "$RUNNER_TEMP/plan.txt"
        shell: bash
      - name: Comment on the pull request
        if: \${{ !cancelled() && steps.plan.outcome != 'skipped' }}
        env:
          GH_TOKEN: \${{ github.token }}
          NUMBER: \${{ github.event.number }}
        shell: bash
        run: |
          mark='<!-- cryptodm plan: ${prefix} -->'
          {
            printf '%s\\n### Plan of the lake ${prefix}\\n~~~\\n' "$mark"
            # A comment has 65,536 characters at most.
            head -c 60000 "$RUNNER_TEMP/plan.txt"
            printf '\\n~~~\\n'
          } > "$RUNNER_TEMP/comment.md"
          comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
          known=$(MARK=$mark gh api --paginate "$comments" --jq '.[] | select(.body | startswith(env.MARK)) | .id' | sed -n 1p)
          if [ -n "$known" ]; then
            gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field "body=@$RUNNER_TEMP/comment.md"
          else
            gh api --silent --method POST "$comments" --field "body=@$RUNNER_TEMP/comment.md"
          fi

  up:
    if: ${onBranch} && (github.event_name == 'push' || inputs.action == 'up')
    runs-on: ubuntu-24.04
    timeout-minutes: ${String(upSeconds / 60)}
    environment: ${names.environment}
    permissions:
      contents: read
      id-token: write
${concurrency(prefix)}
    steps:
${setUp(pipeline, names.upRole, upSeconds)}
      - name: Up
        run: cryptodm up --yes --no-input

  down:
    if: ${onBranch} && (github.event_name == 'schedule' || startsWith(inputs.action, 'down'))
    runs-on: ubuntu-24.04
    timeout-minutes: ${String(upSeconds / 60)}
    environment: \${{ github.event_name == 'schedule' && '${names.scheduledEnvironment}' || '${names.environment}' }}
    permissions:
      contents: read
      id-token: write
${concurrency(prefix)}
    steps:
${setUp(pipeline, names.upRole, upSeconds)}
      - name: Down, and keep the data
        if: inputs.action != 'down'
        run: cryptodm down --keep-data --yes --no-input
      - name: Down, with the data
        if: inputs.action == 'down'
        run: cryptodm down --yes --no-input
`;
}

/** One run at a time, and none is stopped or dropped: a run that was cut off leaves Terraform's lock behind. */
function concurrency(prefix: string): string {
  return `    concurrency:
      group: cryptodm-${prefix}
      cancel-in-progress: false
      queue: max`;
}

function setUp({ region, version }: Pipeline, role: string, seconds: number): string {
  const { path, accountVariable } = pipelineNames({ prefix: '' });
  const arn = `arn:${partitionOf(region)}:iam::\${{ vars.${accountVariable} }}:role${path}${role}`;
  return `      - uses: ${actions.checkout}
        with:
          persist-credentials: false
      - uses: ${actions.setupNode}
        with:
          node-version: ${versions.node}
          package-manager-cache: false
      # Maven is there.
      - uses: ${actions.setupJava}
        with:
          distribution: temurin
          java-version: ${versions.java}
      - uses: ${actions.setupTerraform}
        with:
          terraform_version: ${versions.terraform}
          terraform_wrapper: false
      - uses: ${actions.awsCredentials}
        with:
          role-to-assume: ${arn}
          role-duration-seconds: ${String(seconds)}
          aws-region: ${region}
      - name: Install cryptodm
        run: npm install --global --no-audit --no-fund cryptodm@${version}`;
}
