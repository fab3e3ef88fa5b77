import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';

const withinMs = 300_000;

interface Report {
  at: string;
  figures: { what: string; value: number; unit: string }[];
}

/** Tests that benchmarks run, find the rows and documents that they sent, and report figures. The values do not matter here. */
export function itRuns(scenarios: string[]): void {
  for (const scenario of scenarios)
    it(scenario, async () => {
      const begun = Date.now();
      // A benchmark that gets SIGTERM removes its lakes.
      const options = { timeout: withinMs, forceKillAfterDelay: 50_000, all: true } as const;
      const { all } = await execa('node', ['--import', 'tsx', 'bench/main.ts', scenario, '--smoke'], options);
      const { figures, at } = JSON.parse(readFileSync(`bench/results/${scenario}-smoke.json`, 'utf8')) as Report;
      assert.ok(Date.parse(at) >= begun, 'no figures of this run');
      assert.ok(figures.length > 0);
      for (const { what, value } of figures) {
        assert.ok(Number.isFinite(value), `${what} is no figure`);
        assert.ok(all.includes(what), `${what} is not shown`);
      }
    }).timeout(withinMs + 60_000);
}
