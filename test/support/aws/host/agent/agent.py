#!/usr/bin/python3
"""Replaces the CloudWatch agent: ships the lines of files, the use of memory and disk, and how many processes run, with the host's own role.

The configuration is the agent's own JSON (sections "logs" and "metrics", of these `mem`, `disk` and `procstat` by their aggregation):
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
"""

import json
import os
import shutil
import subprocess
import sys
import time

import botocore.exceptions
import botocore.session

# The service's limit for one call.
MOST_EVENTS, MOST_BYTES = 10_000, 1_048_576


class Tail:
    def __init__(self, entry):
        self.path, self.group, self.stream = entry["file_path"], entry["log_group_name"], entry["log_stream_name"]
        self.inode, self.offset, self.known = None, 0, False

    def read(self):
        """The new complete lines, and the offset of their end."""
        try:
            with open(self.path, "rb") as file:
                stat = os.fstat(file.fileno())
                if stat.st_ino != self.inode or stat.st_size < self.offset:
                    self.inode, self.offset = stat.st_ino, 0
                file.seek(self.offset)
                whole = file.read(MOST_BYTES // 2).rpartition(b"\n")
        except FileNotFoundError:
            return [], self.offset
        lines = whole[0].decode(errors="replace").split("\n") if whole[1] else []
        return lines[:MOST_EVENTS], self.offset + len(whole[0] + whole[1])

    def ship(self, logs):
        lines, end = self.read()
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]
        if events:
            self.open(logs)
            logs.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=events)
        self.offset = end

    def open(self, logs):
        if self.known:
            return
        try:
            logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        self.known = True


def used_memory():
    with open("/proc/meminfo", encoding="ascii") as file:
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return 100 * (1 - kilobytes["MemAvailable"] / kilobytes["MemTotal"])


def used_disk(paths):
    return max(100 * usage.used / usage.total for usage in map(shutil.disk_usage, paths))


def count_processes(pattern):
    # Without any it prints 0 and ends with 1.
    return int(subprocess.run(["pgrep", "--full", "--count", pattern], stdout=subprocess.PIPE, check=False).stdout)


def plugins(config):
    """What is collected: prefix of the metrics, their unit, how a value is read, and the settings."""
    for name, settings in config["metrics"]["metrics_collected"].items():
        if name == "mem":
            yield "mem", "Percent", used_memory, settings
        if name == "disk":
            yield "disk", "Percent", lambda given=settings: used_disk(given["resources"]), settings
        # On Linux "pid_count" is "procstat_lookup_pid_count" ("Collect process metrics with the procstat plugin").
        for one in settings if name == "procstat" else []:
            yield "procstat_lookup", "None", lambda given=one: count_processes(given["pattern"]), one


class Meter:
    """A plugin, and when it is due."""

    def __init__(self, config, prefix, unit, read, settings):
        self.prefix, self.unit, self.read, self.settings = prefix, unit, read, settings
        self.aggregations = config["metrics"]["aggregation_dimensions"]
        self.interval = settings.get("metrics_collection_interval", config["agent"]["metrics_collection_interval"])
        self.due = 0.0

    def measure(self):
        """The data of one interval, by the dimensions that the configuration adds up to; an aggregation by others is passed over."""
        value, given = self.read(), self.settings["append_dimensions"]
        return [
            {
                "MetricName": f"{self.prefix}_{measurement}",
                "Dimensions": [{"Name": name, "Value": given[name]} for name in names],
                "Unit": self.unit,
                "Value": value,
            }
            for names in self.aggregations
            if all(name in given for name in names)
            for measurement in self.settings["measurement"]
        ]


def main():
    with open(sys.argv[1], encoding="utf8") as file:
        config = json.load(file)
    tails = [Tail(entry) for entry in config["logs"]["logs_collected"]["files"]["collect_list"]]
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    session = botocore.session.get_session()
    logs = session.create_client("logs", region_name=config["agent"]["region"], endpoint_url=endpoint)
    cloudwatch = session.create_client("cloudwatch", region_name=config["agent"]["region"], endpoint_url=endpoint)
    meters = [Meter(config, *plugin) for plugin in plugins(config)]
    while True:
        due = [meter for meter in meters if time.monotonic() >= meter.due]
        if due:
            data = [datum for meter in due for datum in meter.measure()]
            try:
                cloudwatch.put_metric_data(Namespace=config["metrics"]["namespace"], MetricData=data)
                for meter in due:
                    meter.due = time.monotonic() + meter.interval
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                print(f"metrics: {error}", file=sys.stderr, flush=True)
        for tail in tails:
            try:
                tail.ship(logs)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, OSError) as error:
                tail.known = False
                print(f"{tail.path}: {error}", file=sys.stderr, flush=True)
                if isinstance(error, botocore.exceptions.NoCredentialsError):
                    # A new client, because the old one caches that it found no credentials.
                    session = botocore.session.get_session()
                    region = config["agent"]["region"]
                    logs = session.create_client("logs", region_name=region, endpoint_url=endpoint)
                    cloudwatch = session.create_client("cloudwatch", region_name=region, endpoint_url=endpoint)
        time.sleep(0.5)


main()
