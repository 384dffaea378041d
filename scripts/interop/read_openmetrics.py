"""Reads an OpenMetrics file with Prometheus' own strict parser and prints its samples as JSON lines."""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    for sample in family.samples:
        print(json.dumps([family.name, family.type, family.unit, sample.name, sample.labels, sample.value]))
